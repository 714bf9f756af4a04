import type { ReportModel } from '../../console/report/model.ts'
import { dayNumber } from '../../core/dates.ts'

/** Whose report the tests of report and summary write: a momentum backtest of a year, with costs and quantiles. */
export const HEAD: ReportModel['head'] = {
  name: 'momentum-2015',
  kind: 'Backtest',
  namespace: 'default',
  jobId: '7d1f0c2a9be84c35a0c7f1e2d4b6a890',
  attempt: 1,
  durationMs: 412,
  stoppedEarly: false,
  lastProcessedDate: dayNumber('2015-12-31'),
}

export const COMPUTATION: ReportModel['computation'] = {
  dataset: 'sp500',
  snapshotId: 'sp500-2f6c0a91',
  alpha: {
    name: 'momentum',
    parameters: { lookbackDays: 252, skipDays: 21, winsorizePct: 0.01, universeFilter: 'all' },
  },
  startDate: '2015-01-02',
  endDate: '2015-12-31',
  weightMethod: 'zscore',
  decayHorizons: [1, 2, 5, 10, 20, 60],
  costModel: { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1_000_000 },
  quantiles: { count: 5, holdingPeriodDays: 20, skipDays: 1, minObservationsPerDate: 50, minTotalDates: 50 },
}
