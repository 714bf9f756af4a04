/**
 * The data of one snapshot as dense columns, calendar date × name, row-major by date: cell (t, i) stands at
 * `t * names + i`. All arrays may lie on a SharedArrayBuffer, and none is ever written after the panel was opened.
 */
export interface Panel {
  /** Trading calendar: day numbers (days since 1970-01-01), strictly ascending. */
  readonly dates: Int32Array
  /** Permanent security ids, strictly ascending; whole numbers up to 2^53 - 1. Union of prices and fundamentals. */
  readonly permnos: Float64Array
  /** What stands in a cell: a sum of PRESENT flags, 0 where the name has no row that day. [dates × names] */
  readonly present: Uint8Array
  /** Total return of the day, decimal, close to close. A null is unset in `present` and NaN here. [dates × names] */
  readonly ret: Float64Array
  /** Raw close, negative for a bid/ask midpoint. [dates × names] */
  readonly prc: Float64Array
  /** Raw share volume. [dates × names] */
  readonly vol: Float64Array
  /** Shares outstanding, in thousands. [dates × names] */
  readonly shrout: Float64Array
  /** Null when the snapshot has none. */
  readonly fundamentals: Fundamentals | null
}

/** Flags of `Panel.present`. A flag tells null from NaN: a set flag over a NaN is a bad number, not a missing one. */
export const PRESENT = { row: 1, ret: 2, prc: 4, vol: 8, shrout: 16 } as const

/** Annual statements, sorted by name, then period end; column arrays of equal length [rows]. */
export interface Fundamentals {
  /** Index into `Panel.permnos`. */
  readonly name: Int32Array
  /** Fiscal period end, day number. */
  readonly datadate: Int32Array
  /** First day on which the row may be used, day number; `NO_DATE` where the filing lag decides (engine.md 1.4). */
  readonly availableFrom: Int32Array
  /** Sum of FUNDAMENTAL flags. */
  readonly present: Uint8Array
  readonly ceq: Float64Array
  readonly ni: Float64Array
  readonly at: Float64Array
  readonly revt: Float64Array
  readonly cogs: Float64Array
}

export const FUNDAMENTAL = { ceq: 1, ni: 2, at: 4, revt: 8, cogs: 16 } as const

/** `Fundamentals.availableFrom` of a row without a date of its own. */
export const NO_DATE = -2147483648
