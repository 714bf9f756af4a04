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

/** Twice the ranks of two signals within the names both have, by name. */
export interface LagScratch {
  readonly now: Float64Array
  readonly before: Float64Array
}

export function lagScratch(names: number): LagScratch {
  return { now: new Float64Array(names), before: new Float64Array(names) }
}

/**
 * Spearman correlation of two dates' signals across the names that have a value on both; NaN below 30 names or when
 * one side is constant. Unlike the reference's (engine.md T3), it compares name with name.
 */
export function signalRankCorrelation(now: Signal, before: Signal, scratch: LagScratch): number {
  const both = namesInBoth(now, before)
  if (both < MIN_PAIRS) return Number.NaN
  const x = both === now.count ? now.doubleRanks : ranksAmong(now, before, scratch.now)
  const y = both === before.count ? before.doubleRanks : ranksAmong(before, now, scratch.before)
  const twiceMean = both + 1
  let xx = 0
  let yy = 0
  let xy = 0
  for (let i = 0; i < now.state.length; i++) {
    if (now.state[i] !== CELL.value || before.state[i] !== CELL.value) continue
    const a = x[i]! - twiceMean
    const b = y[i]! - twiceMean
    xx += a * a
    yy += b * b
    xy += a * b
  }
  return xx === 0 || yy === 0 ? Number.NaN : xy / Math.sqrt(xx * yy)
}

function namesInBoth(a: Signal, b: Signal): number {
  let n = 0
  for (let i = 0; i < a.state.length; i++) if (a.state[i] === CELL.value && b.state[i] === CELL.value) n++
  return n
}

function ranksAmong({ values, order, count }: Signal, other: Signal, ranks: Float64Array): Float64Array {
  let members = 0
  let first = 0
  let from = 0
  for (let k = 0; k <= count; k++) {
    const name = k < count ? order[k]! : -1
    if (name >= 0 && other.state[name] !== CELL.value) continue
    if (members > from && (name < 0 || values[name] !== values[order[first]!])) {
      for (let j = first; j < k; j++) ranks[order[j]!] = from + 1 + members
      from = members
    }
    if (members === from) first = k
    members++
  }
  return ranks
}
