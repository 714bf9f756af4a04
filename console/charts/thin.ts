import type { Numbers } from './scale.ts'

/** Points up to which a chart and its table show every day: about ten years. */
export const MOST_POINTS = 2500

/**
 * Indexes of the days to draw, ascending. All of them up to `most`; beyond, the lowest and the highest day of each
 * column in equal stretches of time, and the first and last day, so that no spike and no end is lost.
 */
export function thin(length: number, columns: readonly Numbers[], most = MOST_POINTS): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i)
  const stretches = Math.max(1, Math.floor((most - 2) / (2 * Math.max(1, columns.length))))
  const kept = new Set([0, length - 1])
  for (let s = 0; s < stretches; s++) {
    const from = Math.floor((s * length) / stretches)
    const to = Math.floor(((s + 1) * length) / stretches)
    for (const column of columns) {
      let low = from
      let high = from
      for (let i = from; i < to; i++) {
        if (column[i]! < column[low]!) low = i
        if (column[i]! > column[high]!) high = i
      }
      kept.add(low).add(high)
    }
  }
  return [...kept].sort((a, b) => a - b)
}

/** The values at the indexes. */
export function pick(values: Numbers, indexes: readonly number[]): Float64Array {
  return Float64Array.from(indexes, (i) => values[i]!)
}
