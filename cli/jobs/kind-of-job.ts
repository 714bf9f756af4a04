import type { Kind } from '../../core/request.ts'
import type { Job } from '../../storage/ledger/ledger.ts'

/** The kind of a manifest, by the kind of a row. */
export const KINDS = {
  backtest: 'Backtest',
  walkforward: 'WalkForward',
  montecarlo: 'MonteCarlo',
} as const satisfies Record<Job['kind'], Kind>
