import { invariant } from '../../core/invariant.ts'
import { createForwardTile } from '../kernels/forward-returns.ts'
import type { ReturnsOfDate } from '../metrics/rank-ic.ts'
import type { Panel } from '../panel.ts'

/** Calendar dates whose returns are computed together: enough to amortise the gathering, little enough to keep. */
const TILE_DATES = 64

/** How long a signal is held, and after how many sessions. */
export interface Holding {
  /** Sessions held, from 1. */
  readonly holdingPeriodDays: number
  /** The first session held is so many after the signal's, from 1. */
  readonly skipDays: number
}

/**
 * Holding-period returns by signal day: compounded over the sessions skip to skip + hold - 1 after it, for names with a
 * return on each of them. Sessions are the panel's dates. Days must be asked for in ascending order, each must be a
 * session, and the arrays are used again for a later day.
 *
 * Source: engine.md 7. Cost: O(names · hold) a session.
 */
export function holdingReturns(panel: Panel, holding: Holding): (day: number) => ReturnsOfDate {
  const { holdingPeriodDays: horizon, skipDays } = holding
  const names = panel.permnos.length
  const tile = createForwardTile(panel, [horizon], TILE_DATES)
  let first = Number.NEGATIVE_INFINITY
  let session = 0

  return (day) => {
    while (session < panel.dates.length && panel.dates[session]! < day) session++
    invariant(panel.dates[session] === day, `day ${day} is asked for in order and is a date of the panel`)
    // A return held from the next session on starts at this one's close: the kernel's date, moved by skip - 1.
    const from = session + skipDays - 1
    if (from >= first + TILE_DATES) {
      first = from
      tile.fill(first, TILE_DATES)
    }
    const [start, end] = [(from - first) * names, (from - first + 1) * names]
    return { values: tile.values.subarray(start, end), clear: tile.clear.subarray(start, end), horizon }
  }
}
