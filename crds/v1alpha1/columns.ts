import type { Kind } from '../../core/request.ts'

interface Column {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly description?: string
  /** 1: shown by `kubectl get -o wide` only. */
  readonly priority?: number
}

/** What a kind is called in paths and on the command line. */
export const NAMES: Readonly<Record<Kind, { plural: string; singular: string; shortNames: readonly string[] }>> = {
  Backtest: { plural: 'backtests', singular: 'backtest', shortNames: ['bt'] },
  WalkForward: { plural: 'walkforwards', singular: 'walkforward', shortNames: ['wfo'] },
  MonteCarlo: { plural: 'montecarlos', singular: 'montecarlo', shortNames: ['mcsim'] },
  Regression: { plural: 'regressions', singular: 'regression', shortNames: ['regr'] },
}

const column = (name: string, jsonPath: string, type: Column['type'] = 'string'): Column => ({ name, type, jsonPath })
const metric = (name: string, key: string): Column => column(name, `.status.metrics.${key}`)
const wide = (shown: Column): Column => ({ ...shown, priority: 1 })

const PHASE = column('Phase', '.status.phase')
const PROGRESS = column('Progress', '.status.progress.percent', 'integer')
const AGE = column('Age', '.metadata.creationTimestamp', 'date')
const MESSAGE = wide(column('Message', '.status.conditions[?(@.type=="Ready")].message'))
const PRIORITY = wide(column('Priority', '.spec.priority'))
const OF_A_JOB: readonly Column[] = [
  wide(column('Stage', '.status.progress.stage')),
  PRIORITY,
  wide(column('Attempt', '.status.attempt', 'integer')),
  MESSAGE,
]

/** Columns of `kubectl get`. */
export const COLUMNS: Readonly<Record<Kind, readonly Column[]>> = {
  Backtest: [
    column('Alpha', '.spec.alpha.name'),
    PHASE,
    PROGRESS,
    metric('IC', 'mean_ic'),
    metric('ICIR', 'icir'),
    AGE,
    ...OF_A_JOB,
  ],
  WalkForward: [
    column('Alpha', '.spec.backtest.alpha.name'),
    PHASE,
    PROGRESS,
    metric('IC', 'test_ic'),
    metric('ICIR', 'test_icir'),
    metric('Overfit', 'overfitting_ratio'),
    AGE,
    ...OF_A_JOB,
  ],
  MonteCarlo: [
    column('Source', '.spec.backtestRef.name'),
    PHASE,
    PROGRESS,
    metric('Sharpe', 'sharpe'),
    metric('Low', 'sharpe_q05'),
    metric('High', 'sharpe_q95'),
    metric('P', 'p_value'),
    AGE,
    ...OF_A_JOB,
  ],
  Regression: [
    column('Verdict', '.status.verdict'),
    PHASE,
    metric('Passed', 'passed'),
    metric('Failed', 'failed'),
    metric('Drift', 'max_drift'),
    AGE,
    wide(column('Run Key', '.spec.runKey')),
    PRIORITY,
    MESSAGE,
  ],
}
