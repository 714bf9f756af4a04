import { annualGrowth, DAILY } from './growth.ts'

/** The deepest fall of the wealth curve; positions count returns, 0 is the start. */
export interface DeepestFall {
  /** Zero or negative: wealth over its peak, minus 1. */
  readonly depth: number
  readonly peak: number
  readonly trough: number
  /** First position at or above the peak's wealth after the trough; null when it never came back. */
  readonly recovery: number | null
}

/** How a wealth curve that starts at 1 spends its time below its peaks; shares and depths are per return. */
export interface UnderWater {
  /** Root mean square of the drawdowns. */
  readonly ulcer: number
  /** Mean size of the drawdowns, positive. */
  readonly pain: number
  /** Share of returns that end below an earlier peak, and the longest run of them. */
  readonly share: number
  readonly longest: number
}

/** Finds the deepest fall from a peak, the start included; depth 0 at position 0 when wealth never fell. */
export function deepestFall(returns: Float64Array): DeepestFall {
  let [wealth, top, topAt] = [1, 1, 0]
  let fall = { depth: 0, peak: 0, trough: 0, level: 1 }
  let recovery: number | null = 0
  for (let t = 0; t < returns.length; t++) {
    wealth *= 1 + returns[t]!
    if (recovery === null && wealth >= fall.level) recovery = t + 1
    if (wealth > top) [top, topAt] = [wealth, t + 1]
    const depth = wealth / top - 1
    if (depth < fall.depth) {
      fall = { depth, peak: topAt, trough: t + 1, level: top }
      recovery = null
    }
  }
  return { depth: fall.depth, peak: fall.peak, trough: fall.trough, recovery }
}

/** Ulcer index, pain and time under water over the n dates of returns; NaN without a return. */
export function underWater(returns: Float64Array): UnderWater {
  const n = returns.length
  let [wealth, top] = [1, 1]
  let [squares, sizes, below, run, longest] = [0, 0, 0, 0, 0]
  for (let t = 0; t < n; t++) {
    wealth *= 1 + returns[t]!
    if (wealth > top) top = wealth
    const depth = 1 - wealth / top
    squares += depth * depth
    sizes += depth
    run = depth > 0 ? run + 1 : 0
    if (run > 0) below++
    if (run > longest) longest = run
  }
  return { ulcer: Math.sqrt(squares / n), pain: sizes / n, share: below / n, longest }
}

/** Growth a year over the deepest fall; NaN where nothing fell. */
export function calmarRatio(returns: Float64Array, perYear = DAILY): number {
  const { depth } = deepestFall(returns)
  return depth === 0 ? Number.NaN : annualGrowth(returns, perYear) / -depth
}

/** Growth a year over the ulcer index; NaN where nothing fell. */
export function martinRatio(returns: Float64Array, perYear = DAILY): number {
  const { ulcer } = underWater(returns)
  return ulcer === 0 ? Number.NaN : annualGrowth(returns, perYear) / ulcer
}
