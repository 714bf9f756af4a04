import type { AlphaParameters } from '../../../core/request.ts'
import type { Numbers } from '../../charts/scale.ts'
import type { WalkReportModel, WalkTry } from './model.ts'

/** One combination over all windows; NaN where no window gives it a score. */
export interface Combination {
  readonly parameters: AlphaParameters
  readonly train: number
  readonly test: number
  /** Windows that chose it. */
  readonly chosen: number
}

/** The combinations of a search in the order in which they were tried. */
export function combinationsOf({ search, windows }: Pick<WalkReportModel, 'search' | 'windows'>): Combination[] {
  const counts = new Map<string, number>()
  for (const { parameters, bestScore } of windows) {
    if (Number.isNaN(bestScore)) continue
    const key = keyOf(parameters, search.names)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return search.tries.map(({ parameters, train, test }) => ({
    parameters,
    train: meanOfFinite(train),
    test: meanOfFinite(test),
    chosen: counts.get(keyOf(parameters, search.names)) ?? 0,
  }))
}

/** The values of the searched parameters as one text. */
export function keyOf(parameters: AlphaParameters, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => parameters[name] ?? null))
}

/** Points of every combination in every window: score on the train span, score on the test span. */
export interface ScorePairs {
  readonly train: readonly number[]
  readonly test: readonly number[]
}

/** The pairs of what each window chose, and those of all else; pairs without both scores are left out. */
export function scorePairs({ search, windows }: Pick<WalkReportModel, 'search' | 'windows'>): {
  readonly chosen: ScorePairs
  readonly other: ScorePairs
} {
  const keys = windows.map(({ parameters, bestScore }) =>
    Number.isNaN(bestScore) ? null : keyOf(parameters, search.names),
  )
  const pairs = search.tries.flatMap(({ parameters, train, test }) => {
    const key = keyOf(parameters, search.names)
    return windows.map((_, i) => ({ train: train[i] ?? NaN, test: test[i] ?? NaN, chosen: keys[i] === key }))
  })
  const both = pairs.filter((pair) => Number.isFinite(pair.train) && Number.isFinite(pair.test))
  const side = (chosen: boolean): ScorePairs => {
    const some = both.filter((pair) => pair.chosen === chosen)
    return { train: some.map((pair) => pair.train), test: some.map((pair) => pair.test) }
  }
  return { chosen: side(true), other: side(false) }
}

/**
 * Mean over the windows of the correlation between the combinations' train and test scores: whether what was better in
 * sample was better afterwards. NaN where no window has three combinations with both scores that vary.
 */
export function persistence(tries: readonly WalkTry[], windows: number): number {
  const each: number[] = []
  for (let window = 0; window < windows; window++) {
    const pairs = tries
      .map(({ train, test }) => [train[window] ?? NaN, test[window] ?? NaN] as const)
      .filter(([before, after]) => Number.isFinite(before) && Number.isFinite(after))
    const found = pairs.length < 3 ? NaN : correlation(pairs)
    if (Number.isFinite(found)) each.push(found)
  }
  return meanOfFinite(each)
}

function correlation(pairs: readonly (readonly [number, number])[]): number {
  const [mx, my] = [0, 1].map((side) => meanOfFinite(pairs.map((pair) => pair[side as 0 | 1])))
  let [xy, xx, yy] = [0, 0, 0]
  for (const [x, y] of pairs) {
    xy += (x - mx!) * (y - my!)
    xx += (x - mx!) ** 2
    yy += (y - my!) ** 2
  }
  return xy / Math.sqrt(xx * yy)
}

function meanOfFinite(values: Numbers): number {
  const finite = Array.from(values).filter(Number.isFinite)
  return finite.reduce((sum, value) => sum + value, 0) / finite.length
}
