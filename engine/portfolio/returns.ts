import type { ReturnsOfDate } from '../metrics/rank-ic.ts'
import { CELL } from '../result.ts'
import type { Weights } from './weights.ts'

/** What the book of one date earned. */
export interface BookReturn {
  /** Sum of weight × return over the names with both; null when there is no such name. */
  readonly earned: number | null
  /** Share of gross weight on names without a return, which earn nothing (engine.md T16); 0 without weight. */
  readonly missingWeight: number
}

/** Return of one date's weights to the next close. The weights are not scaled up for names without a return. */
export function bookReturn(weights: Weights, returns: ReturnsOfDate): BookReturn {
  const { values, state } = weights
  let earned = 0
  let joined = 0
  let gross = 0
  let missing = 0
  for (let i = 0; i < values.length; i++) {
    if (state[i] === CELL.absent) continue
    const size = Math.abs(values[i]!)
    gross += size
    if (returns.clear[i]! >= returns.horizon) {
      earned += values[i]! * returns.values[i]!
      joined++
    } else {
      missing += size
    }
  }
  return { earned: joined === 0 ? null : earned, missingWeight: gross > 0 ? missing / gross : 0 }
}
