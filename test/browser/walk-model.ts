import { walkParts } from '../../cli/results/models/walk-model.ts'
import type { WalkReportModel } from '../../console/report/walk-forward/model.ts'
import type { WalkForward } from '../../core/request.ts'
import { columnsOf, randomMarket } from '../../engine/laws/random-rows.ts'
import { panelFromRows } from '../../engine/panel-from-rows.ts'
import { computeUnitAll } from '../../engine/walk-forward/compute-unit.ts'
import { paramSearchDocument, walkForwardDocument } from '../../engine/walk-forward/documents.ts'
import { mergeUnits } from '../../engine/walk-forward/merge-units.ts'
import { planWalk } from '../../engine/walk-forward/plan-walk.ts'
import { allocateWalk } from '../../engine/walk-forward/walk-memory.ts'
import { walkForwardMetrics } from '../../storage/out/kinds/walk-forward.ts'
import { goldenModel } from './golden-model.ts'

const SEED = 5
const NAMES = 60
const DAYS = 330
const panel = panelFromRows(...columnsOf(randomMarket(SEED, NAMES, DAYS)))

export const TWO_PARAMETERS = { lookbackDays: [4, 9], winsorizePct: [0, 0.05, 0.3] }

/** The model of a walk over a random market, computed by the engine and read from its documents: noise throughout. */
export function walkModel(parameters: WalkForward['search']['parameters'] = TWO_PARAMETERS): WalkReportModel {
  const backtest = {
    dataset: 'market',
    snapshotId: 'market-2f6c0a91',
    alpha: { name: 'reversal', parameters: { winsorizePct: 0.02 } },
    startDate: '2020-02-01',
    endDate: '2021-03-31',
    weightMethod: 'rank',
    decayHorizons: [1, 2, 5],
    costModel: { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1e6 },
    quantiles: null,
  } as const
  const computation = {
    backtest,
    windows: { trainMonths: 4, testMonths: 2, stepMonths: 2, minTrainDays: 100, purgeDays: 0, embargoDays: 0 },
    search: { method: 'grid', parameters, metric: 'mean_ic', iterations: 10, seed: 42, generator: 'counter' },
    overfittingThreshold: 2,
  } as const satisfies WalkForward
  const walk = planWalk(computation, panel)
  const memory = allocateWalk(walk, panel)
  const result = mergeUnits(
    walk,
    walk.windows.map(({ id: unit }) => computeUnitAll({ walk, panel, memory, unit })),
  )
  const stored = (document: unknown) => JSON.parse(JSON.stringify(document))
  const { dates, values: gross } = result.portfolioReturns
  const { head, data, provenance } = goldenModel()
  const { name: _, kind: __, ...same } = head
  return {
    head: { ...same, name: 'reversal-walk', kind: 'WalkForward' },
    computation,
    metrics: walkForwardMetrics(result),
    ...walkParts(stored(walkForwardDocument(walk, result)), stored(paramSearchDocument(result))),
    ic: result.dailyIc,
    returns: { dates, gross, net: result.net!.net, drag: result.net!.drag },
    data,
    provenance,
    warnings: result.warnings,
  }
}
