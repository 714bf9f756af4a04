import { invariant } from '../../core/invariant.ts'
import { type ForwardTile, fillForwardReturns, forwardScratch } from '../kernels/forward-returns.ts'
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
  const values = new Float64Array(TILE_DATES * names)
  const clear = new Int32Array(TILE_DATES * names)
  const horizons = Int32Array.of(horizon)
  const scratch = forwardScratch()
  let tile: ForwardTile | null = null
  let session = 0

  return (day) => {
    while (session < panel.dates.length && panel.dates[session]! < day) session++
    invariant(panel.dates[session] === day, `day ${day} is asked for in order and is a date of the panel`)
    // A return held from the next session on starts at this one's close: the kernel's date, moved by skip - 1.
    const from = session + skipDays - 1
    if (tile === null || from >= tile.first + TILE_DATES) {
      tile = { first: from, dates: TILE_DATES, horizons, values, clear }
      fillForwardReturns(panel, tile, scratch)
    }
    const [start, end] = [(from - tile.first) * names, (from - tile.first + 1) * names]
    return { values: values.subarray(start, end), clear: clear.subarray(start, end), horizon }
  }
}
