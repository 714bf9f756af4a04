import { createSorter, type Sorter } from '../kernels/sort.ts'
import { CELL, type DenseTable, type Warning } from '../result.ts'
import { nearestRank, pearson } from '../stats.ts'
import { conditionNumber } from './condition-number.ts'

/** Share of each tail pulled in before two parts are compared (engine.md 5). */
const WINSORIZE = 0.01
/** Parts that correlate more than this say much the same (engine.md 0.4). */
const HIGH_CORRELATION = 0.7
const HIGH_CONDITION = 100

/** A part of a blend, by name, over the dates that are compared. */
export interface NamedSignals {
  readonly name: string
  /** [dates × names], the same dates and names in every part. */
  readonly signals: DenseTable
}

/** How alike the parts are. */
export interface PartCorrelation {
  /** Pooled over dates, symmetric with 1 on the diagonal, NaN without a common value. [parts][parts] */
  readonly pearson: readonly (readonly number[])[]
  readonly spearman: readonly (readonly number[])[]
  readonly conditionNumber: number
  readonly warnings: readonly Warning[]
}

/**
 * Correlation of the raw signals of every two parts over the (date, name) keys that both have, each side with its tails
 * pulled in to the nearest-rank quantiles 0.01 and 0.99 of that sample. Warns of parts that are much alike.
 *
 * Source: engine.md 5, step 7. Cost: two sorts of the pooled sample a pair.
 */
export function correlateParts(parts: readonly NamedSignals[]): PartCorrelation {
  const cells = parts[0]?.signals.state.length ?? 0
  const room = { sorter: createSorter(cells), x: new Float64Array(cells), y: new Float64Array(cells) }
  const unit = () => parts.map((_, i) => parts.map((_, j) => (i === j ? 1 : Number.NaN)))
  const pearsons = unit()
  const spearmans = unit()
  for (let i = 0; i < parts.length; i++) {
    for (let j = i + 1; j < parts.length; j++) {
      const [linear, ranked] = correlatePair(parts[i]!.signals, parts[j]!.signals, room)
      pearsons[i]![j] = pearsons[j]![i] = linear
      spearmans[i]![j] = spearmans[j]![i] = ranked
    }
  }
  const condition = conditionNumber(pearsons)
  const warnings = [...alike(parts, pearsons), ...illConditioned(condition), ...withoutOverlap(pearsons)]
  return { pearson: pearsons, spearman: spearmans, conditionNumber: condition, warnings }
}

interface Room {
  readonly sorter: Sorter
  readonly x: Float64Array
  readonly y: Float64Array
}

function correlatePair(left: DenseTable, right: DenseTable, { sorter, x, y }: Room): [number, number] {
  const [lowX, highX] = bounds(left, right, { sorter, x, y })
  const [lowY, highY] = bounds(right, left, { sorter, x, y })
  let n = 0
  for (let cell = 0; cell < left.state.length; cell++) {
    if (left.state[cell] !== CELL.value || right.state[cell] !== CELL.value) continue
    x[n] = Math.min(Math.max(left.values[cell]!, lowX), highX)
    y[n++] = Math.min(Math.max(right.values[cell]!, lowY), highY)
  }
  const [xs, ys] = [x.subarray(0, n), y.subarray(0, n)]
  return [pearson(xs, ys), pearson(doubleRanks(sorter, xs), doubleRanks(sorter, ys))]
}

/** The quantiles of one side over the keys that both sides have; nulls of the other side count as had. */
function bounds(side: DenseTable, other: DenseTable, { sorter, x }: Room): [number, number] {
  let n = 0
  for (let cell = 0; cell < side.state.length; cell++) {
    if (side.state[cell] === CELL.value && other.state[cell] !== CELL.absent) x[n++] = side.values[cell]!
  }
  sorter.sort(x, n)
  if (n === 0) return [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  return [sorter.sorted[nearestRank(n, WINSORIZE)]!, sorter.sorted[nearestRank(n, 1 - WINSORIZE)]!]
}

/** Twice the average rank of each value: whole numbers, so that their correlation has no order of summation. */
function doubleRanks(sorter: Sorter, values: Float64Array): Float64Array {
  const n = values.length
  sorter.sort(values, n)
  const ranks = new Float64Array(n)
  for (let from = 0; from < n; ) {
    let to = from + 1
    while (to < n && sorter.sorted[to] === sorter.sorted[from]) to++
    for (let k = from; k < to; k++) ranks[sorter.order[k]!] = from + 1 + to
    from = to
  }
  return ranks
}

function alike(parts: readonly NamedSignals[], pearsons: readonly (readonly number[])[]): Warning[] {
  return pairsOf(parts.length)
    .filter(([i, j]) => Math.abs(pearsons[i]![j]!) > HIGH_CORRELATION)
    .map(([i, j]) => {
      const both = `${parts[i]!.name} and ${parts[j]!.name}`
      const message = `${both} correlate by ${pearsons[i]![j]!.toFixed(2)}: they say much the same.`
      return { code: 'blend_parts_alike', message }
    })
}

function illConditioned(condition: number): Warning[] {
  if (!(condition > HIGH_CONDITION)) return []
  const number = condition.toPrecision(3)
  const message = `The correlations of the parts have the condition number ${number}: weights are fragile.`
  return [{ code: 'blend_ill_conditioned', message }]
}

function withoutOverlap(pearsons: readonly (readonly number[])[]): Warning[] {
  const pairs = pairsOf(pearsons.length)
  const missing = pairs.filter(([i, j]) => Number.isNaN(pearsons[i]![j]!)).length
  if (missing === 0) return []
  const few = 2 * missing > pairs.length ? 'most of them' : 'some of them'
  return [
    {
      code: 'blend_no_overlap',
      message: `${missing} of ${pairs.length} pairs of parts have no correlation: ${few} share no day or do not vary.`,
    },
  ]
}

function pairsOf(parts: number): [number, number][] {
  return Array.from({ length: parts }, (_, i) =>
    Array.from({ length: parts - i - 1 }, (_, k): [number, number] => [i, i + 1 + k]),
  ).flat()
}
