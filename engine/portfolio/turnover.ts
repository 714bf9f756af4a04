import { CELL, type DenseTable, type Series } from '../result.ts'

const DAYS_PER_YEAR = 252

/**
 * One-way turnover of every date with a weight row: half the sum of absolute changes since the weight date before,
 * from cash on the first; weights do not drift. A date without any row does not exist here (engine.md 3.8, T14).
 */
export function dailyTurnover(weights: DenseTable, dates: Int32Array): Series {
  const names = dates.length === 0 ? 0 : weights.state.length / dates.length
  const kept = new Int32Array(dates.length)
  const values = new Float64Array(dates.length)
  let before: Float64Array = new Float64Array(names)
  let n = 0
  for (let k = 0; k < dates.length; k++) {
    const state = weights.state.subarray(k * names, (k + 1) * names)
    if (!hasRow(state)) continue
    const now = weights.values.subarray(k * names, (k + 1) * names)
    let moved = 0
    for (let i = 0; i < names; i++) moved += Math.abs(now[i]! - before[i]!)
    kept[n] = dates[k]!
    values[n++] = moved / 2
    before = now
  }
  return { dates: kept.slice(0, n), values: values.slice(0, n) }
}

function hasRow(state: Uint8Array): boolean {
  for (let i = 0; i < state.length; i++) if (state[i] !== CELL.absent) return true
  return false
}

/** Mean over all weight dates but the first; 0 for one date or none. */
export function averageTurnover(daily: Float64Array): number {
  if (daily.length < 2) return 0
  let total = 0
  for (let k = 1; k < daily.length; k++) total += daily[k]!
  return total / (daily.length - 1)
}

export function annualizedTurnover(average: number): number {
  return DAYS_PER_YEAR * average
}
