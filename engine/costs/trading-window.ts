import { type Panel, PRESENT } from '../panel.ts'
import { isZeroSpread } from '../stats.ts'
import type { Liquidity } from './liquidity.ts'

/** Rows of a name in its ADV and its volatility (engine.md 0.4). */
const ROWS = 20
/** Numbers a ring keeps for a row: dollars, return, squared deviations. */
const FIELDS = 3
const DOLLAR_VOLUME = PRESENT.prc | PRESENT.vol
/** 1 / (n (n - 1)): weight of the n-th number in the squared deviations (Youngs & Cramer 1971). */
const GROWTH = Float64Array.from({ length: ROWS + 1 }, (_, n) => (n < 2 ? 0 : 1 / (n * (n - 1))))
/** 1 / (20 k (20 - k)): weight of the gap between a head of k rows and its tail. */
const BETWEEN = Float64Array.from({ length: ROWS }, (_, k) => (k === 0 ? 0 : 1 / (ROWS * k * (ROWS - k))))

/**
 * The last 20 rows of every name, each over its own rows. A running sum that also subtracts drifts, and a fresh sum per
 * window costs 20 times more; so rows are cut into blocks of 20, and a window is the tail of one block and the head
 * of the next. Both are kept as sums, returns with their squared deviations, which merge without cancellation (Chan,
 * Golub & LeVeque 1979). All arrays but the ring hold one number a name.
 */
export interface TradingWindow {
  /**
   * Slots below `filled` hold rows of the current block, the others what the block before sums up to from there on:
   * a slot is read as a tail just before its row is written. Name by name, so that a date touches one cache line of
   * each. [names × 20 × 3]
   */
  readonly ring: Float64Array
  /** Rows in the current block. */
  readonly filled: Int32Array
  /** Finite numbers in an unbroken row up to the newest. */
  readonly tradedRows: Int32Array
  readonly returnRows: Int32Array
  /** Sums over the current block. */
  readonly dollars: Float64Array
  readonly returns: Float64Array
  readonly squares: Float64Array
}

/** A window without a row. */
export function tradingWindow(names: number): TradingWindow {
  return {
    ring: new Float64Array(names * ROWS * FIELDS),
    filled: new Int32Array(names),
    tradedRows: new Int32Array(names),
    returnRows: new Int32Array(names),
    dollars: new Float64Array(names),
    returns: new Float64Array(names),
    squares: new Float64Array(names),
  }
}

/**
 * Moves the windows over calendar date t: writes to `known` what they say of every name with a row that day, NaN for
 * the others, and then adds the rows. A missing or not finite number breaks its name's windows of that kind for 20
 * rows; a name without a row keeps its window as it is.
 */
export function stepOver(window: TradingWindow, panel: Panel, t: number, known: Liquidity): void {
  // Each array in a constant of its own: the compiler would load it again for every name.
  const { ring, filled, tradedRows, returnRows, dollars, returns, squares } = window
  const { present, prc, vol, ret } = panel
  const { advUsd, volatility } = known
  const names = filled.length
  for (let i = 0; i < names; i++) {
    const cell = t * names + i
    const flags = present[cell]!
    if ((flags & PRESENT.row) === 0) {
      advUsd[i] = Number.NaN
      volatility[i] = Number.NaN
      continue
    }
    const head = filled[i]!
    const slot = (i * ROWS + head) * FIELDS
    const tradedRun = tradedRows[i]!
    const returnRun = returnRows[i]!
    advUsd[i] = tradedRun < ROWS ? Number.NaN : (ring[slot]! + dollars[i]!) / ROWS
    const total = ring[slot + 1]! + returns[i]!
    const between = ROWS * returns[i]! - head * total
    const sd = Math.sqrt((ring[slot + 2]! + squares[i]! + between * between * BETWEEN[head]!) / (ROWS - 1))
    const constant = isZeroSpread(sd * ROWS, Math.abs(total))
    volatility[i] = returnRun < ROWS ? Number.NaN : constant ? 0 : sd

    // A window that holds a broken number is never read, but its block would pass NaN on: 0 stands in.
    let value = Math.abs(prc[cell]!) * vol[cell]!
    const traded = (flags & DOLLAR_VOLUME) === DOLLAR_VOLUME && value - value === 0
    if (!traded) value = 0
    tradedRows[i] = traded ? tradedRun + 1 : 0
    ring[slot] = value
    dollars[i] = dollars[i]! + value

    let r = ret[cell]!
    const returned = (flags & PRESENT.ret) !== 0 && r - r === 0
    if (!returned) r = 0
    returnRows[i] = returned ? returnRun + 1 : 0
    ring[slot + 1] = r
    const n = head + 1
    const sum = returns[i]! + r
    const gap = n * r - sum
    returns[i] = sum
    squares[i] = squares[i]! + gap * gap * GROWTH[n]!

    filled[i] = n
    if (n === ROWS) closeBlock(window, i)
  }
}

/** Turns a full block into its tails and starts the next. */
function closeBlock({ ring, filled, dollars, returns, squares }: TradingWindow, name: number): void {
  let value = 0
  let sum = 0
  let deviations = 0
  for (let n = 1; n <= ROWS; n++) {
    const slot = (name * ROWS + ROWS - n) * FIELDS
    value += ring[slot]!
    const r = ring[slot + 1]!
    sum += r
    deviations += (n * r - sum) ** 2 * GROWTH[n]!
    ring[slot] = value
    ring[slot + 1] = sum
    ring[slot + 2] = deviations
  }
  filled[name] = 0
  dollars[name] = 0
  returns[name] = 0
  squares[name] = 0
}
