/** What stands in a cell of a DenseTable. */
export const CELL = { absent: 0, null: 1, value: 2 } as const

/** A (date, name) table kept dense: cell (k, i) at `k * names + i`; dates are those of the result. */
export interface DenseTable {
  readonly values: Float64Array
  /** CELL.absent: no row; CELL.null: a row whose value is null; CELL.value: a row with a number (NaN possible). */
  readonly state: Uint8Array
}

/** A series by date; `dates` are day numbers, ascending, all columns of equal length. */
export interface Series {
  readonly dates: Int32Array
  readonly values: Float64Array
}

/** Result of one Backtest (engine.md 10): plain arrays, no row objects. */
export interface BacktestResult {
  /** Name string of engine.md 2.3, such as `momentum_252_21`; `blend` for a blend. */
  readonly alphaName: string
  /** Processed run days (day numbers): the date axis of `signals` and `weights`. */
  readonly dates: Int32Array
  /** The panel's permnos: the name axis of `signals` and `weights`. */
  readonly permnos: Float64Array
  readonly signals: DenseTable
  readonly weights: DenseTable
  /** engine.md 3.4; NaN where fewer than 30 pairs remain. */
  readonly dailyIc: { readonly dates: Int32Array; readonly ic: Float64Array; readonly rankIc: Float64Array }
  /** Mean Pearson and rank IC by horizon (trading days, ascending); NaN where none is valid. */
  readonly decay: { readonly horizons: Int32Array; readonly ic: Float64Array; readonly rankIc: Float64Array }
  /** R_t, labelled with the decision date (engine.md 3.9). */
  readonly portfolioReturns: Series
  /** One-way turnover of every weight date (engine.md 3.8). */
  readonly turnover: Series
  /** Names held long and short, gross and net exposure by run day: for the report. */
  readonly book: BookSeries
  /** engine.md T26: the last run day that has a result (day number), and whether the run ended before its end date. */
  readonly lastProcessedDate: number
  readonly stoppedEarly: boolean
  /** Every scalar by its snake_case name; null = not defined (no half-life), NaN = could not be computed. */
  readonly metrics: Readonly<Record<string, number | null>>
  readonly costs: CostResult | null
  readonly quantiles: QuantileResult | null
  readonly blend: BlendResult | null
  /** What a reader must know before believing a number: stopped early, NaN days, values nulled at load, ... */
  readonly warnings: readonly Warning[]
}

export interface Warning {
  /** snake_case, stable. */
  readonly code: string
  readonly message: string
}

export interface BookSeries {
  readonly dates: Int32Array
  readonly long: Int32Array
  readonly short: Int32Array
  readonly gross: Float64Array
  readonly net: Float64Array
}

/** engine.md 6. */
export interface CostResult {
  readonly net: {
    readonly dates: Int32Array
    readonly gross: Float64Array
    readonly drag: Float64Array
    readonly net: Float64Array
  }
  /** Keys of platform.md 3.1 `cost_summary`; null where not defined. */
  readonly summary: Readonly<Record<string, number | null>>
  /** Keys of platform.md 3.1 *Capacity*, and the closed forms of engine.md 6.8 and T18. */
  readonly capacity: Readonly<Record<string, number | string | null>>
}

/** engine.md 7. */
export interface QuantileResult {
  /** Scalars: mean_rank_ic, rank_ic_std, t_stat, t_stat_newey_west, rank_ic_positive_pct, long_short_spread, ... */
  readonly summary: Readonly<Record<string, number | string | null>>
  /** Mean over dates of the bucket's mean return, [count]. */
  readonly returns: Float64Array
  /** Standard error of that mean (Newey-West over dates), [count]. */
  readonly standardErrors: Float64Array
  readonly observations: Int32Array
  readonly dates: Int32Array
  /** Bucket means by date, [dates × count], NaN where the bucket was empty. */
  readonly daily: Float64Array
  readonly dailyIc: Float64Array
}

/** engine.md 5, rolling: weights of the parts by date, [dates × parts]. */
export interface BlendResult {
  readonly names: readonly string[]
  readonly dates: Int32Array
  readonly weights: Float64Array
  readonly correlation: Readonly<Record<string, number>>
}
