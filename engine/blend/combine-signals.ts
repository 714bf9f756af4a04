import { HindcastError } from '../../core/errors.ts'
import type { BlendSpec } from '../../core/request.ts'
import type { ReturnsOfDate } from '../metrics/rank-ic.ts'
import { CELL, type DenseTable, type Warning } from '../result.ts'
import { createSignal, type Signal, signalScratch, sortSignal } from '../signal.ts'
import { type AlignedDay, alignParts, combineParts, createAlignedDay } from './aligned-day.ts'
import { equalWeightWarnings } from './blend-result.ts'
import { correlateParts, type NamedSignals, type PartCorrelation } from './part-correlation.ts'
import { createPartHistory } from './part-history.ts'

/** Signals to combine, all on one grid of dates and names. */
export interface CombineInput {
  /** Day numbers, ascending. */
  readonly dates: Int32Array
  readonly names: number
  /** At least one; [dates × names] each. */
  readonly parts: readonly NamedSignals[]
  /** Returns from each date to the next, [dates × names]; needed by the weightings `ic` and `ir`. */
  readonly returns: DenseTable | null
  readonly spec: Omit<BlendSpec, 'of'>
  /** Day number; null: the last date on which every part has a common name. */
  readonly asOf: number | null
  /** One date's weights and composite, or those of every date with a whole lookback before it. */
  readonly rolling: boolean
}

/** Combined signals, one row for each date that was asked for and has weights. */
export interface Combination {
  readonly dates: Int32Array
  /** [dates × names] */
  readonly composite: DenseTable
  /** [dates × parts] */
  readonly weights: Float64Array
  /** Names of the composite on the as-of date over the most names a part has there after aligning: 1 or 0 (T5). */
  readonly coverage: number
  /** The same over all names that any part has there. */
  readonly unionCoverage: number
  readonly correlation: PartCorrelation
  readonly warnings: readonly Warning[]
}

/**
 * Combines signals by engine.md 5, static or rolling, from tables rather than from a panel. A Backtest with a blend
 * does the same on every run day through `blendSource`. Throws `data_missing` without a part, without the returns a
 * weighting needs, and without an as-of date when no date has a name that all parts have.
 */
export function combineSignals(input: CombineInput): Combination {
  requireInputs(input)
  const { dates, names, parts, spec } = input
  const aligned = dates.map((_, k) => alignRow(input, k).rows)
  const asOf = input.asOf ?? lastDateWith(dates, aligned)
  const wanted = wantedRows(input, aligned, asOf)
  const history = createPartHistory(parts.length, names, spec)
  const composite = { values: new Float64Array(wanted.length * names), state: new Uint8Array(wanted.length * names) }
  const weights = new Float64Array(wanted.length * parts.length)
  const out = createSignal(names)
  const scratch = signalScratch(names)
  for (let k = 0, done = 0; done < wanted.length; k++) {
    const day = alignRow(input, k)
    if (k === wanted[done]) {
      const share = history.weightsOn(dates[k]!)
      combineParts(day, share, out, scratch)
      composite.values.set(out.values, done * names)
      composite.state.set(out.state, done * names)
      weights.set(share, done++ * parts.length)
    }
    history.add(k, dates[k]!, day, returnsOn(input, k))
  }
  const correlation = correlateParts(windowBefore(input, asOf))
  const asOfRow = dates.indexOf(asOf)
  const common = asOfRow < 0 ? 0 : aligned[asOfRow]!
  const union = asOfRow < 0 ? 0 : namesOfAny(input, asOfRow)
  return {
    dates: Int32Array.from(wanted, (k) => dates[k]!),
    composite,
    weights,
    coverage: wanted.includes(asOfRow) && common > 0 ? 1 : 0,
    unionCoverage: union === 0 ? 0 : common / union,
    correlation,
    warnings: [
      ...lostByAligning(input, aligned),
      ...equalWeightWarnings(spec.weighting, parts.length, weights),
      ...correlation.warnings,
    ],
  }
}

function requireInputs({ parts, returns, spec }: CombineInput): void {
  if (parts.length === 0) throw new HindcastError('data_missing', 'a blend needs at least one signal; none was given')
  if (returns === null && (spec.weighting === 'ic' || spec.weighting === 'ir')) {
    throw new HindcastError('data_missing', `the weighting ${spec.weighting} needs returns, and none were given`)
  }
}

function alignRow({ names, parts, spec }: CombineInput, k: number): AlignedDay {
  const day = createAlignedDay(parts.length, names)
  alignParts(
    parts.map(({ signals }) => signalOfRow(signals, k, names)),
    spec.normalize,
    day,
  )
  return day
}

function signalOfRow({ values, state }: DenseTable, k: number, names: number): Signal {
  const signal = createSignal(names)
  signal.values.set(values.subarray(k * names, (k + 1) * names))
  signal.state.set(state.subarray(k * names, (k + 1) * names))
  sortSignal(signal, signalScratch(names))
  return signal
}

/** The returns of a row; NaN and not clear where there is none. */
function returnsOn({ names, returns }: CombineInput, k: number): ReturnsOfDate {
  const values = new Float64Array(names).fill(Number.NaN)
  const clear = new Int32Array(names)
  for (let i = 0; returns !== null && i < names; i++) {
    if (returns.state[k * names + i] !== CELL.value) continue
    values[i] = returns.values[k * names + i]!
    clear[i] = 1
  }
  return { values, clear, horizon: 1 }
}

function lastDateWith(dates: Int32Array, aligned: Int32Array): number {
  const row = aligned.findLastIndex((rows) => rows > 0)
  if (row >= 0) return dates[row]!
  throw new HindcastError('data_missing', 'the signals of the blend have no (date, name) in common; give an as-of date')
}

/** Rows of the composite: the as-of date, or every date up to it that has a whole lookback of dates before it. */
function wantedRows({ dates, rolling, spec }: CombineInput, aligned: Int32Array, asOf: number): number[] {
  const withNames = [...dates.keys()].filter((k) => aligned[k]! > 0)
  if (!rolling) return withNames.filter((k) => dates[k] === asOf)
  const first = withNames.length === 0 ? asOf : dates[withNames[0]!]! + spec.lookbackDays
  return withNames.filter((k) => dates[k]! >= first && dates[k]! <= asOf)
}

/** The raw parts inside [asOf - lookback, asOf). */
function windowBefore({ dates, names, parts, spec }: CombineInput, asOf: number): NamedSignals[] {
  const from = dates.findIndex((day) => day >= asOf - spec.lookbackDays)
  const to = dates.findIndex((day) => day >= asOf)
  const [start, end] = [(from < 0 ? dates.length : from) * names, (to < 0 ? dates.length : to) * names]
  return parts.map(({ name, signals }) => ({
    name,
    signals: { values: signals.values.subarray(start, end), state: signals.state.subarray(start, end) },
  }))
}

function namesOfAny({ names, parts }: CombineInput, k: number): number {
  let count = 0
  for (let i = 0; i < names; i++) {
    if (parts.some(({ signals }) => signals.state[k * names + i] !== CELL.absent)) count++
  }
  return count
}

function lostByAligning({ parts }: CombineInput, aligned: Int32Array): Warning[] {
  const had = parts[0]!.signals.state.reduce((n, cell) => n + Number(cell !== CELL.absent), 0)
  const lost = had - aligned.reduce((n, rows) => n + rows, 0)
  if (lost === 0) return []
  const share = ((100 * lost) / had).toFixed(1)
  const first = parts[0]!.name
  const message = `${share}% of the signals of ${first} were left out: another part has none for that day and name.`
  return [{ code: 'blend_alignment_lost', message }]
}
