import { CELL } from '../result.ts'
import type { Signal } from '../signal.ts'
import { pearson, type Values } from '../stats.ts'
import { MIN_PAIRS } from './rank-ic.ts'

/** Lags reported, in trading days of the run (engine.md 0.4). */
export const AUTOCORRELATION_LAGS = [1, 5, 20] as const

/** Correlation of a series with itself `lag` values before, nulls closed up; NaN when it is too short. */
export function autocorrelation(series: Values, lag: number): number {
  const kept = Array.from(series).filter((value) => value !== null)
  if (kept.length <= lag) return Number.NaN
  return pearson(kept.slice(lag), kept.slice(0, kept.length - lag))
}

/** Room to rank two signals within the names both have. */
export interface LagScratch {
  /** The names both have, in the order of the signal last ranked. */
  readonly members: Int32Array
  /** Twice the average rank, by name. */
  readonly now: Float64Array
  readonly before: Float64Array
}

export function lagScratch(names: number): LagScratch {
  return { members: new Int32Array(names), now: new Float64Array(names), before: new Float64Array(names) }
}

/**
 * Spearman correlation of two dates' signals across the names that have a value on both; NaN below 30 names or when
 * one side is constant. Unlike the reference's (engine.md T3), it compares name with name.
 */
export function signalRankCorrelation(now: Signal, before: Signal, scratch: LagScratch): number {
  const { members } = scratch
  rankAmong(now, before, { members, ranks: scratch.now })
  const n = rankAmong(before, now, { members, ranks: scratch.before })
  if (n < MIN_PAIRS) return Number.NaN
  const twiceMean = n + 1
  let xx = 0
  let yy = 0
  let xy = 0
  for (let k = 0; k < n; k++) {
    const x = scratch.now[members[k]!]! - twiceMean
    const y = scratch.before[members[k]!]! - twiceMean
    xx += x * x
    yy += y * y
    xy += x * y
  }
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy)
}

interface Ranking {
  readonly members: Int32Array
  readonly ranks: Float64Array
}

/** Ranks a signal within the names that another has too; gives their number. */
function rankAmong({ values, order, count, tied }: Signal, { state }: Signal, { members, ranks }: Ranking): number {
  let n = 0
  for (let k = 0; k < count; k++) {
    const name = order[k]!
    members[n] = name
    if (state[name] === CELL.value) n++
  }
  for (let from = 0; from < n; ) {
    let to = from + 1
    const value = values[members[from]!]!
    while (tied && to < n && (values[members[to]!] === value || Number.isNaN(value))) to++
    for (let k = from; k < to; k++) ranks[members[k]!] = from + 1 + to
    from = to
  }
  return n
}
