import { invariant } from '../../../core/invariant.ts'

/** One fold of dates, numbered from 0. */
export interface PurgedFold {
  /** First and last test date. */
  readonly test: readonly [from: number, to: number]
  /** Training dates, ascending, none of whose labels meets a label of the test. */
  readonly train: Int32Array
}

export interface FoldRule {
  /** From 2 to the number of dates. */
  readonly folds: number
  /** The label of date t is made of dates t + 1 to t + horizon. */
  readonly horizon: number
  /** Share of all dates, rounded up, that is left out after a test beyond its labels; 0.01 unless told. */
  readonly embargo?: number
}

/**
 * K contiguous test folds (the first n mod k are one date longer), each with the training dates that share no return
 * with it: i is kept when i + horizon < first test date or i > last test date + horizon + embargo.
 *
 * Source: López de Prado 2018, chapter 7.
 */
export function purgedFolds(dates: number, { folds, horizon, embargo = 0.01 }: FoldRule): PurgedFold[] {
  invariant(folds >= 2 && folds <= dates, `${folds} folds of ${dates} dates: from 2 to as many as there are dates`)
  invariant(horizon >= 0 && embargo >= 0, `horizon ${horizon} and embargo ${embargo} are not negative`)
  const wait = horizon + Math.ceil(embargo * dates)
  const longer = dates % folds
  const size = (dates - longer) / folds
  return Array.from({ length: folds }, (_, k) => {
    const from = k * size + Math.min(k, longer)
    const to = from + size + (k < longer ? 1 : 0) - 1
    const before = Math.max(0, from - horizon)
    const after = Math.min(dates, to + wait + 1)
    const train = new Int32Array(before + dates - after)
    for (let i = 0; i < before; i++) train[i] = i
    for (let i = after; i < dates; i++) train[before + i - after] = i
    return { test: [from, to], train }
  })
}
