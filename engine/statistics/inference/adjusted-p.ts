import { ascendingOrder } from '../../stats.ts'

/** Ways to adjust a family of p-values: by the chance of any false find, or by the share of false finds. */
export type Adjustment = 'bonferroni' | 'holm' | 'benjamini-hochberg' | 'benjamini-yekutieli'

/**
 * Adjusted p-values in the order given, at most 1. Bonferroni and Holm bound the chance of one false find in the whole
 * family; Benjamini-Hochberg the share of false finds among independent tests, Benjamini-Yekutieli among any.
 *
 * Source: Holm 1979; Benjamini & Hochberg 1995; Benjamini & Yekutieli 2001; Harvey, Liu & Zhu 2016 for their use.
 */
export function adjustP(p: Float64Array, adjustment: Adjustment): Float64Array {
  const order = ascendingOrder(p)
  const n = p.length
  const adjusted = new Float64Array(n).fill(Number.NaN)
  if (adjustment === 'bonferroni') return p.map((value) => Math.min(1, value * n))
  if (adjustment === 'holm') {
    let largest = 0
    for (let k = 0; k < n; k++) {
      largest = Math.max(largest, (n - k) * p[order[k]!]!)
      adjusted[order[k]!] = Math.min(1, largest)
    }
    return adjusted
  }
  let factor = n
  if (adjustment === 'benjamini-yekutieli') {
    let harmonic = 0
    for (let k = 1; k <= n; k++) harmonic += 1 / k
    factor *= harmonic
  }
  let smallest = 1
  for (let k = n - 1; k >= 0; k--) {
    smallest = Math.min(smallest, (factor / (k + 1)) * p[order[k]!]!)
    adjusted[order[k]!] = smallest
  }
  return adjusted
}
