import type { WeightMethod } from '../../core/request.ts'
import { CELL } from '../result.ts'
import { type Signal, signalOf } from '../signal.ts'
import { isZeroSpread, type Values } from '../stats.ts'

/** How signals become weights (engine.md 4). A Backtest sets the method alone. */
export interface WeightOptions {
  readonly method: WeightMethod
  /** Negative weights become 0, the rest is scaled to the leverage. */
  readonly longOnly: boolean
  /** Gross exposure. */
  readonly targetLeverage: number
  /** Buckets of the method `quantile`. */
  readonly nQuantiles: number
}

export const DEFAULT_WEIGHTS = { longOnly: false, targetLeverage: 1, nQuantiles: 5 } as const

/** Weights of one date, [names]: CELL.value where the signal has a value, CELL.absent elsewhere. */
export interface Weights {
  readonly values: Float64Array
  readonly state: Uint8Array
}

type Score = (signal: Signal, options: WeightOptions, into: Float64Array) => void

/** Raw weight of each name with a value, before it is scaled; NaN only where the score says so. */
const SCORES: Record<WeightMethod, Score> = { zscore: zScores, rank: centredRanks, quantile: outerBuckets }

/**
 * Weights of one date's signal. A null signal has no weight; a book without any exposure is all zeros. Equal signals
 * are ranked by ascending id. The quantile book is neutral only where the buckets divide the names (engine.md 4.3).
 */
export function weightSignal(signal: Signal, options: WeightOptions, into: Weights): void {
  const { values, state } = into
  SCORES[options.method](signal, options, values)
  let gross = 0
  for (let i = 0; i < values.length; i++) {
    if (signal.state[i] !== CELL.value) continue
    if (options.longOnly && values[i]! < 0) values[i] = 0
    gross += Math.abs(values[i]!)
  }
  const { targetLeverage } = options
  for (let i = 0; i < values.length; i++) {
    const held = signal.state[i] === CELL.value
    state[i] = held ? CELL.value : CELL.absent
    values[i] = held && gross > 0 ? (values[i]! / gross) * targetLeverage : 0
  }
}

/** (s - mean) / sd, all 0 for a single name, a NaN, or no spread beyond rounding (engine.md T1, W14). */
function zScores({ values, state, count }: Signal, _options: WeightOptions, into: Float64Array): void {
  let total = 0
  let largest = 0
  for (let i = 0; i < values.length; i++) {
    if (state[i] !== CELL.value) continue
    total += values[i]!
    largest = Math.max(largest, Math.abs(values[i]!))
  }
  const mean = total / count
  let squares = 0
  for (let i = 0; i < values.length; i++) {
    if (state[i] === CELL.value) squares += (values[i]! - mean) * (values[i]! - mean)
  }
  const sd = Math.sqrt(squares / (count - 1))
  const flat = count < 2 || Number.isNaN(sd) || isZeroSpread(sd, largest)
  for (let i = 0; i < values.length; i++) into[i] = flat ? 0 : (values[i]! - mean) / sd
}

function centredRanks({ order, count }: Signal, _options: WeightOptions, into: Float64Array): void {
  for (let k = 0; k < count; k++) into[order[k]!] = k + 1 - (count + 1) / 2
}

/** Bucket ceil(rank / n * q): +1 in the last, -1 in the first; the last wins where there is but one. */
function outerBuckets({ order, count }: Signal, { nQuantiles, longOnly }: WeightOptions, into: Float64Array): void {
  for (let k = 0; k < count; k++) {
    const bucket = Math.min(nQuantiles, Math.max(1, Math.ceil(((k + 1) / count) * nQuantiles)))
    into[order[k]!] = bucket === nQuantiles ? 1 : bucket === 1 && !longOnly ? -1 : 0
  }
}

/** Weights of plain signals in ascending id order; null where the signal is null. */
export function signalWeights(
  signals: Values,
  options: Partial<WeightOptions> & Pick<WeightOptions, 'method'>,
): (number | null)[] {
  const signal = signalOf(signals)
  const into = { values: new Float64Array(signals.length), state: new Uint8Array(signals.length) }
  weightSignal(signal, { ...DEFAULT_WEIGHTS, ...options }, into)
  return Array.from(into.values, (weight, i) => (into.state[i] === CELL.value ? weight : null))
}
