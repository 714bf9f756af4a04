import { mean, pearson, sampleSd, spearman, type Values } from '../../stats.ts'

/** One date's signal or return of every name, null where there is none. All dates list the same names. */
export type CrossSections = readonly Values[]

/** Rank ICs over dates, and how they sum up. */
export interface IcSeries {
  /** Spearman with average ties over the names that have both; NaN below two or without spread. [dates] */
  readonly rankIc: Float64Array
  readonly pearsonIc: Float64Array
  /** Names with a signal and a return, and the share of all names with a signal. [dates] */
  readonly pairs: Int32Array
  readonly coverage: Float64Array
}

/** Information coefficients date by date; this library sets no least number of pairs, a run does (engine.md 3.3). */
export function icSeries(signals: CrossSections, returns: CrossSections): IcSeries {
  const each = <T>(of: (signal: Values, future: Values) => T) => signals.map((signal, t) => of(signal, returns[t]!))
  const both = (signal: Values, future: Values) => {
    let n = 0
    for (let i = 0; i < signal.length; i++) if (signal[i] !== null && future[i] !== null) n++
    return n
  }
  return {
    rankIc: Float64Array.from(each(spearman)),
    pearsonIc: Float64Array.from(each(pearson)),
    pairs: Int32Array.from(each(both)),
    coverage: Float64Array.from(signals, (signal) => both(signal, signal) / signal.length),
  }
}

/** Mean IC over its sample standard deviation; NaN below two dates or without spread. */
export function icRatio(ic: Float64Array): number {
  const sd = sampleSd(ic)
  return sd === null || sd === 0 ? Number.NaN : mean(ic)! / sd
}

/** Spearman of each date's signal with the one `lag` dates before, over the names of both. [dates - lag] */
export function rankAutocorrelation(signals: CrossSections, lag: number): Float64Array {
  return Float64Array.from(signals.slice(lag), (now, t) => spearman(now, signals[t]!))
}

/** Lags after which an autocorrelation of `rho` a lag falls to half; 0 at or below none, Infinity at 1 or above. */
export function halfLifeOf(rho: number): number {
  if (rho <= 0) return 0
  return rho >= 1 ? Number.POSITIVE_INFINITY : Math.log(0.5) / Math.log(rho)
}

/** A bet's information ratio by the fundamental law: transfer coefficient × IC × root of independent bets a year. */
export function fundamentalLaw(ic: number, breadth: number, transfer = 1): number {
  return transfer * ic * Math.sqrt(breadth)
}
