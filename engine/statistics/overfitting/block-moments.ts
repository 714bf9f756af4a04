import { isZeroSpread } from '../../stats.ts'

/** Sums of every trial within every block of rows, so that any union of blocks costs no look at the rows. */
export interface BlockMoments {
  readonly blocks: number
  readonly trials: number
  /** Rows of each block. */
  readonly rows: Int32Array
  /** Mean of the whole trial, which the sums are taken about to keep their digits; largest size of it. */
  readonly centres: Float64Array
  readonly sizes: Float64Array
  /** Sums of deviations and of their squares. [blocks × trials] */
  readonly sums: Float64Array
  readonly squares: Float64Array
}

/** Cuts the rows of the trials into contiguous blocks that differ by at most one row, and sums them. */
export function blockMoments(trials: readonly Float64Array[], blocks: number): BlockMoments {
  const length = trials[0]?.length ?? 0
  const edge = (block: number) => Math.floor((block * length) / blocks)
  const of: BlockMoments = {
    blocks,
    trials: trials.length,
    rows: Int32Array.from({ length: blocks }, (_, b) => edge(b + 1) - edge(b)),
    centres: new Float64Array(trials.length),
    sizes: new Float64Array(trials.length),
    sums: new Float64Array(blocks * trials.length),
    squares: new Float64Array(blocks * trials.length),
  }
  trials.forEach((returns, k) => {
    let total = 0
    for (let t = 0; t < length; t++) total += returns[t]!
    of.centres[k] = total / length
    for (let b = 0; b < blocks; b++) {
      for (let t = edge(b); t < edge(b + 1); t++) {
        const d = returns[t]! - of.centres[k]!
        of.sums[b * trials.length + k]! += d
        of.squares[b * trials.length + k]! += d * d
        of.sizes[k] = Math.max(of.sizes[k]!, Math.abs(returns[t]!))
      }
    }
  })
  return of
}

/** Sharpe ratio per period of every trial over a union of blocks, into `into`; 0 where a trial does not vary. */
export function sharpesOfBlocks(of: BlockMoments, chosen: Int32Array, into: Float64Array): void {
  const { trials, rows, sums, squares, centres, sizes } = of
  let n = 0
  for (let c = 0; c < chosen.length; c++) n += rows[chosen[c]!]!
  for (let k = 0; k < trials; k++) {
    let total = 0
    let square = 0
    for (let c = 0; c < chosen.length; c++) {
      const at = chosen[c]! * trials + k
      total += sums[at]!
      square += squares[at]!
    }
    const deviation = total / n
    const sd = Math.sqrt(Math.max(0, square - deviation * total) / (n - 1))
    into[k] = isZeroSpread(sd, sizes[k]!) ? 0 : (centres[k]! + deviation) / sd
  }
}
