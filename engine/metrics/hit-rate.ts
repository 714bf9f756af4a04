import { MIN_PAIRS, type Pairs } from './rank-ic.ts'

/** Counts of one date. */
export interface Hits {
  /** Pairs with both sides non-null. */
  pairs: number
  /** Of these, pairs with neither side zero. */
  signed: number
  /** Of these, pairs of one sign. */
  hits: number
}

/** Adds the pairs of a date. NaN counts as positive, as the reference compares it (engine.md 0.1). */
export function countHits({ count, signal, returns }: Pairs): Hits {
  let signed = 0
  let hits = 0
  for (let i = 0; i < count; i++) {
    const s = signal[i]!
    const r = returns[i]!
    if (s === 0 || r === 0) continue
    signed++
    if (s < 0 === r < 0) hits++
  }
  return { pairs: count, signed, hits }
}

/** Share of pairs, over all dates, whose signal and return agree in sign; NaN below 30 pairs (engine.md 3.5). */
export function hitRate({ pairs, signed, hits }: Hits): number {
  return pairs < MIN_PAIRS || signed === 0 ? Number.NaN : hits / signed
}
