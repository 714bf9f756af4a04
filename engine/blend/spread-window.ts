import { invariant } from '../../core/invariant.ts'
import { CELL } from '../result.ts'
import type { Signal } from '../signal.ts'
import { isZeroSpread } from '../stats.ts'

/**
 * Rows summed up together. Blocks start at multiples of it, counted from the panel's first row, so that a window has
 * the same bits whichever row a computation started from.
 */
const BLOCK_ROWS = 64

/** Count, mean and squared deviations of every name, [names]. */
interface Moments {
  readonly count: Float64Array
  readonly mean: Float64Array
  readonly squares: Float64Array
}

/** How much a signal of each name moves over time, in a window that slides along the rows of a panel. */
export interface SpreadWindow {
  /** Adds the next row of the panel; rows come one after the other. A null is no observation. */
  add(row: number, signal: Signal): void
  /**
   * Mean sample deviation over time of the names with two observations or more from row `from` to the newest, each
   * weighted by its observations (engine.md 5, vol_parity); null when there is no such name. `from` never decreases.
   */
  meanDeviation(from: number): number | null
}

/**
 * A window over signals of so many names. It is the tail of one block, whole blocks, and the block so far; they merge
 * without subtraction (Chan, Golub & LeVeque 1979), so a name that never moves has a deviation of exactly 0.
 * O(names · window / 64) a row.
 */
export function spreadWindow(names: number): SpreadWindow {
  const rows = new Map<number, Float64Array>()
  const blocks = new Map<number, Moments>()
  const total = moments(names)
  const tails = Array.from({ length: BLOCK_ROWS }, () => moments(names))
  let tailBlock = -1
  let newest = -1

  const useTails = (from: number) => {
    const block = blockOf(from)
    if (block === tailBlock) return
    tailBlock = block
    for (let row = (block + 1) * BLOCK_ROWS - 1; row >= from; row--) {
      const slot = row % BLOCK_ROWS
      if (slot === BLOCK_ROWS - 1) clear(tails[slot]!)
      else copy(tails[slot + 1]!, tails[slot]!)
      observe(tails[slot]!, rows.get(row)!)
    }
  }
  return {
    add(row, signal) {
      invariant(newest < 0 || row === newest + 1, `row ${row} follows row ${newest}`)
      newest = row
      const values = signal.values.slice()
      for (let i = 0; i < names; i++) if (signal.state[i] !== CELL.value) values[i] = Number.NaN
      rows.set(row, values)
      const block = blocks.get(blockOf(row)) ?? moments(names)
      blocks.set(blockOf(row), block)
      observe(block, values)
    },
    meanDeviation(from) {
      for (const row of rows.keys()) if (row < from) rows.delete(row)
      for (const block of blocks.keys()) if (block < blockOf(from)) blocks.delete(block)
      if (from > newest) return null
      if (blockOf(from) === blockOf(newest)) {
        clear(total)
        for (let row = from; row <= newest; row++) observe(total, rows.get(row)!)
      } else {
        useTails(from)
        copy(tails[from % BLOCK_ROWS]!, total)
        for (let block = blockOf(from) + 1; block <= blockOf(newest); block++) merge(total, blocks.get(block)!)
      }
      return meanOf(total)
    },
  }
}

function blockOf(row: number): number {
  return Math.floor(row / BLOCK_ROWS)
}

function moments(names: number): Moments {
  return { count: new Float64Array(names), mean: new Float64Array(names), squares: new Float64Array(names) }
}

function clear({ count, mean, squares }: Moments): void {
  count.fill(0)
  mean.fill(0)
  squares.fill(0)
}

function copy(from: Moments, to: Moments): void {
  to.count.set(from.count)
  to.mean.set(from.mean)
  to.squares.set(from.squares)
}

function observe({ count, mean, squares }: Moments, values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    const n = count[i]! + 1
    const gap = value - mean[i]!
    const moved = mean[i]! + gap / n
    count[i] = n
    mean[i] = moved
    squares[i] = squares[i]! + gap * (value - moved)
  }
}

function merge({ count, mean, squares }: Moments, other: Moments): void {
  for (let i = 0; i < count.length; i++) {
    const b = other.count[i]!
    if (b === 0) continue
    const a = count[i]!
    const n = a + b
    const gap = other.mean[i]! - mean[i]!
    count[i] = n
    mean[i] = mean[i]! + (gap * b) / n
    squares[i] = squares[i]! + other.squares[i]! + (gap * gap * a * b) / n
  }
}

function meanOf({ count, mean, squares }: Moments): number | null {
  let weighted = 0
  let observations = 0
  for (let i = 0; i < count.length; i++) {
    const n = count[i]!
    if (n < 2) continue
    const sd = Math.sqrt(squares[i]! / (n - 1))
    if (!isZeroSpread(sd, Math.abs(mean[i]!))) weighted += sd * n
    observations += n
  }
  return observations === 0 ? null : weighted / observations
}
