import type { Kind } from '../../core/request.ts'
import { Backtest } from './backtest.ts'
import { MonteCarlo } from './monte-carlo.ts'
import { Regression } from './regression.ts'
import { WalkForward } from './walk-forward.ts'

/** The four kinds in the order they are shown in. */
export const KIND_SCHEMAS = { Backtest, WalkForward, MonteCarlo, Regression } as const satisfies Record<Kind, unknown>
