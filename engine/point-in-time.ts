import { compoundStatistic, sampleSdWindows } from './kernels/window-statistics.ts'
import { createWindowRoom, slideWindows, type WindowRoom, type WindowStatistic } from './kernels/window-tile.ts'
import { FUNDAMENTAL, NO_DATE, type Panel, PRESENT } from './panel.ts'
import { CELL } from './result.ts'

/** Calendar days after the period end before an annual statement may be used (engine.md 1.4). */
export const FILING_LAG_DAYS = 90
/** Dates whose windows are computed together: more share more of their gathering, but leave the cache. */
const TILE_DATES = 128

/** One value per name, [names], with the CELL of each. Valid until the view moves to another date. */
export interface KnownColumn {
  readonly values: Float64Array
  readonly state: Uint8Array
}

/** A statistic of the returns in a window, and how many returns it had, [names]. */
export interface WindowColumn {
  readonly values: Float64Array
  readonly counts: Int32Array
}

/**
 * All that is known at the close of one date, and nothing later: the only way an alpha sees data. Prices up to and
 * including the date; statements once they are available. Windows run over calendar days before the date, both ends
 * included. Where a universe filter is on, names outside have no prices and no returns.
 */
export interface KnownAsOf {
  /** Day number of the date. */
  readonly day: number
  readonly names: number
  /** Compound return from `lookbackDays` to `skipDays` before the date; 0 for an empty window. */
  compoundReturn(lookbackDays: number, skipDays: number): WindowColumn
  /** Sample deviation of the daily returns of the last `lookbackDays`; NaN for fewer than two. */
  returnDeviation(lookbackDays: number): WindowColumn
  /** abs(prc) · shrout of each name's latest price row; null where either is; absent for a name never seen. */
  marketCap(): KnownColumn
  /** A field of each name's latest statement, even if it is null there; absent without a statement. */
  statement(field: keyof typeof FUNDAMENTAL): KnownColumn
}

/** A view that is moved from date to date. */
export interface PointInTimeView {
  readonly known: KnownAsOf
  /** Looks at the close of a calendar row. `last`: the last row that will be asked for; how far to work ahead. */
  moveTo(row: number, last: number): void
  /** Hides the prices of names that are 0 in the mask, [names]; null shows all. Undone by the next move. */
  restrict(universe: Uint8Array | null): void
}

/** A view of a panel; it must be moved to a date first. */
export function createView(panel: Panel): PointInTimeView {
  const names = panel.permnos.length
  const windows = windowCache(panel)
  const prices = latestPrices(panel)
  const statements = latestStatements(panel)
  let row = -1
  let last = -1
  let universe: Uint8Array | null = null
  const inUniverse = (column: WindowColumn): WindowColumn => {
    if (universe === null) return column
    return { values: column.values, counts: column.counts.map((n, i) => (universe?.[i] === 0 ? 0 : n)) }
  }
  const known: KnownAsOf = {
    get day() {
      return panel.dates[row]!
    },
    names,
    compoundReturn: (lookback, skip) => inUniverse(windows.at({ row, last, lookback, skip, kind: 'compound' })),
    returnDeviation: (lookback) => inUniverse(windows.at({ row, last, lookback, skip: 0, kind: 'deviation' })),
    marketCap() {
      const column = prices.marketCap(row)
      if (universe === null) return column
      return { values: column.values, state: column.state.map((cell, i) => (universe?.[i] === 0 ? CELL.absent : cell)) }
    },
    statement: (field) => statements.field(field, panel.dates[row]!),
  }
  return {
    known,
    moveTo(to, lastRow) {
      row = to
      last = lastRow
      universe = null
    },
    restrict(mask) {
      universe = mask
    },
  }
}

interface WindowQuery {
  readonly row: number
  readonly last: number
  readonly lookback: number
  readonly skip: number
  readonly kind: 'compound' | 'deviation'
}

/** A tile of windows of one kind, lookback and skip, and the rows it stands for. */
interface HeldTile {
  readonly room: WindowRoom
  readonly statistic: WindowStatistic
  from: number
  to: number
}

/** Windows of the next dates are computed with those of this one: they share most of their returns. */
function windowCache(panel: Panel) {
  const names = panel.permnos.length
  const tiles = new Map<string, HeldTile>()
  const open = ({ kind, lookback }: WindowQuery): HeldTile => {
    const windows = Math.min(TILE_DATES, panel.dates.length)
    // A window of so many calendar days has at most as many rows, and its two ends.
    const rows = Math.min(panel.dates.length, windows + lookback + 1)
    const room = createWindowRoom(panel, { windows, rows })
    const statistic = kind === 'compound' ? compoundStatistic(room.products) : sampleSdWindows
    return { room, statistic, from: 0, to: -1 }
  }
  return {
    at(query: WindowQuery): WindowColumn {
      const { row, last, lookback, skip, kind } = query
      const key = `${kind} ${lookback} ${skip}`
      const held = tiles.get(key) ?? open(query)
      tiles.set(key, held)
      if (row < held.from || row > held.to) {
        held.from = row
        held.to = Math.max(row, Math.min(last, row + TILE_DATES - 1))
        const windows = calendarWindows(panel.dates, { row, to: held.to, lookback, skip })
        slideWindows(panel, windows, held.statistic, held.room)
      }
      const at = (row - held.from) * names
      const { values, counts } = held.room
      return { values: values.subarray(at, at + names), counts: counts.subarray(at, at + names) }
    },
  }
}

interface CalendarWindows {
  readonly row: number
  readonly to: number
  readonly lookback: number
  readonly skip: number
}

function calendarWindows(dates: Int32Array, { row, to, lookback, skip }: CalendarWindows) {
  const count = to - row + 1
  const windows = { from: new Int32Array(count), to: new Int32Array(count) }
  for (let k = 0; k < count; k++) {
    const day = dates[row + k]!
    windows.from[k] = firstRowFrom(dates, day - lookback)
    windows.to[k] = firstRowFrom(dates, day - skip + 1) - 1
  }
  return windows
}

/** The first row whose date is `day` or later; the number of dates when there is none. */
export function firstRowFrom(dates: Int32Array, day: number): number {
  let low = 0
  let high = dates.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (dates[middle]! < day) low = middle + 1
    else high = middle
  }
  return low
}

const PRICED = PRESENT.prc | PRESENT.shrout

function latestPrices(panel: Panel) {
  const names = panel.permnos.length
  const { present, prc, shrout } = panel
  const values = new Float64Array(names).fill(Number.NaN)
  const state = new Uint8Array(names)
  let seen = -1
  const take = (row: number) => {
    for (let i = 0; i < names; i++) {
      const cell = row * names + i
      const flags = present[cell]!
      if (flags === 0) continue
      const whole = (flags & PRICED) === PRICED
      state[i] = whole ? CELL.value : CELL.null
      values[i] = whole ? Math.abs(prc[cell]!) * shrout[cell]! : Number.NaN
    }
  }
  return {
    marketCap(row: number): KnownColumn {
      if (row < seen) {
        values.fill(Number.NaN)
        state.fill(CELL.absent)
        seen = -1
      }
      while (seen < row) take(++seen)
      return { values, state }
    },
  }
}

/** The statements change on few days only: the latest rows are kept until the next one becomes available. */
function latestStatements(panel: Panel) {
  const names = panel.permnos.length
  const table = panel.fundamentals
  const latest = new Int32Array(names)
  const columns = new Map<string, KnownColumn>()
  let from = Number.POSITIVE_INFINITY
  let until = Number.NEGATIVE_INFINITY
  const refresh = (day: number) => {
    latest.fill(-1)
    columns.clear()
    from = day
    until = Number.POSITIVE_INFINITY
    for (let r = 0; table !== null && r < table.name.length; r++) {
      const available = availableOn(table.availableFrom[r]!, table.datadate[r]!)
      if (available > day) until = Math.min(until, available)
      else latest[table.name[r]!] = r
    }
  }
  return {
    field(field: keyof typeof FUNDAMENTAL, day: number): KnownColumn {
      if (day < from || day >= until) refresh(day)
      let column = columns.get(field)
      if (column === undefined) {
        column = { values: new Float64Array(names).fill(Number.NaN), state: new Uint8Array(names) }
        for (let i = 0; table !== null && i < names; i++) {
          const r = latest[i]!
          if (r < 0) continue
          const held = (table.present[r]! & FUNDAMENTAL[field]) !== 0
          column.state[i] = held ? CELL.value : CELL.null
          if (held) column.values[i] = table[field][r]!
        }
        columns.set(field, column)
      }
      return column
    },
  }
}

/** First day on which a statement may be used. */
function availableOn(availableFrom: number, datadate: number): number {
  return availableFrom === NO_DATE ? datadate + FILING_LAG_DAYS : availableFrom
}
