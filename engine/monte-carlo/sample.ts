import type { Series } from '../result.ts'

/** What a committed Backtest gives to be resampled: daily returns (gross or net) and daily rank ICs. NaN = none. */
export interface ResampleSource {
  readonly returns: Series
  readonly ic: Series
}

/** The values that are drawn from. Infinite values stay; NaN is left out (engine.md 0.2). */
export interface Sample {
  /** Day numbers of the returns, ascending. */
  readonly dates: Int32Array
  readonly returns: Float64Array
  /** The ICs in the order of their table. */
  readonly ics: Float64Array
  /** The IC of each return's date; NaN where there is none. */
  readonly icOfDay: Float64Array
  /** Returns and ICs left out as NaN, and ICs on dates without a return. */
  readonly nanReturns: number
  readonly nanIcs: number
  readonly icsWithoutReturn: number
}

/** The sample of a source: returns by date, ICs as they come and beside the return of their date. */
export function sampleOf({ returns, ic }: ResampleSource): Sample {
  const kept = validRows(returns).sort((a, b) => returns.dates[a]! - returns.dates[b]!)
  const dates = Int32Array.from(kept, (k) => returns.dates[k]!)
  const icRows = validRows(ic)
  const icOn = new Map(icRows.map((k) => [ic.dates[k]!, ic.values[k]!]))
  const returnDates = new Set(dates)
  return {
    dates,
    returns: Float64Array.from(kept, (k) => returns.values[k]!),
    ics: Float64Array.from(icRows, (k) => ic.values[k]!),
    icOfDay: Float64Array.from(dates, (date) => icOn.get(date) ?? Number.NaN),
    nanReturns: returns.values.length - kept.length,
    nanIcs: ic.values.length - icRows.length,
    icsWithoutReturn: icRows.filter((k) => !returnDates.has(ic.dates[k]!)).length,
  }
}

function validRows({ values }: Series): number[] {
  return Array.from(values.keys()).filter((k) => !Number.isNaN(values[k]))
}
