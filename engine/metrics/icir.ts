import { isZeroSpread, maxAbs, sampleSd, sum, type Values } from '../stats.ts'

/** Rows the daily IC table needs before a ratio is given (engine.md 0.4). */
const MIN_ROWS = 20
const DAYS_PER_YEAR = 252

/** Mean of the daily ICs as they stand: one NaN day makes it NaN; NaN without a row (engine.md 3.5). */
export function meanIc(daily: Values): number {
  return daily.length === 0 ? Number.NaN : sum(daily) / daily.length
}

/**
 * Mean over sample deviation of the daily ICs, not annualised. A null row counts toward the 20 that are needed, then
 * drops. NaN below 20 rows, for a NaN day, and without spread (engine.md 3.5, T1).
 */
export function icir(daily: Values): number {
  if (daily.length < MIN_ROWS) return Number.NaN
  const kept = Array.from(daily).filter((value) => value !== null)
  const sd = sampleSd(kept)
  if (sd === null || Number.isNaN(sd) || isZeroSpread(sd, maxAbs(kept))) return Number.NaN
  return meanIc(kept) / sd
}

/** The numbers that skip NaN days (engine.md T2, T23). */
export interface ValidIc {
  readonly mean: number
  readonly icir: number
  readonly icirAnnualised: number
  readonly days: number
  readonly skipped: number
  /** Share of valid days with an IC above 0; NaN without one. */
  readonly positiveDays: number
}

export function validIc(daily: Float64Array): ValidIc {
  const kept = daily.filter((value) => !Number.isNaN(value))
  const ratio = icir(kept)
  return {
    mean: meanIc(kept),
    icir: ratio,
    icirAnnualised: ratio * Math.sqrt(DAYS_PER_YEAR),
    days: kept.length,
    skipped: daily.length - kept.length,
    positiveDays: kept.filter((value) => value > 0).length / kept.length,
  }
}
