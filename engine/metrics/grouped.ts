import { createSorter, type Sorter } from '../kernels/sort.ts'
import { type Panel, PRESENT } from '../panel.ts'
import { CELL, type DenseTable } from '../result.ts'
import { mean, pearson, spearman } from '../stats.ts'
import { MIN_PAIRS } from './rank-ic.ts'

/** Buckets of market capitalisation and of the signal (engine.md 3.11). */
const QUINTILES = 5
/** Fewer pairs of a group on a date are noise; the 30 of a whole cross-section would leave most groups empty. */
const MIN_PAIRS_OF_GROUP = 10

/** Signals and the returns after them, [dates × names] each. */
export interface SignalsAndReturns {
  readonly names: number
  readonly signals: DenseTable
  readonly returns: DenseTable
}

/** How well a signal predicts inside one group, such as a sector or a bucket of market capitalisation. */
export interface GroupIc {
  readonly group: number
  /** Rows with a signal and a return row, over all dates. */
  readonly rows: number
  /** Pearson and Spearman over all pairs at once, dates mixed; NaN below 30 pairs. */
  readonly pooledIc: number
  readonly pooledRankIc: number
  /** Mean of the daily rank ICs inside the group, over the dates with at least 10 pairs: the better figure. */
  readonly meanRankIc: number | null
  readonly days: number
}

/**
 * Information coefficients by group, ascending by group; groups with fewer than 30 rows are left out. Pooling mixes
 * differences between dates into the correlation, which the mean of daily figures does not.
 *
 * `groups` gives the group of each cell, 0 for none. [dates × names]
 * Source: engine.md 3.11.
 */
export function groupIcs(data: SignalsAndReturns, groups: ArrayLike<number>): GroupIc[] {
  const cellsOf = new Map<number, number[]>()
  for (let cell = 0; cell < data.signals.state.length; cell++) {
    const group = groups[cell]!
    if (group === 0 || data.signals.state[cell] === CELL.absent || data.returns.state[cell] === CELL.absent) continue
    const cells = cellsOf.get(group)
    if (cells === undefined) cellsOf.set(group, [cell])
    else cells.push(cell)
  }
  return [...cellsOf]
    .filter(([, cells]) => cells.length >= MIN_PAIRS)
    .sort(([a], [b]) => a - b)
    .map(([group, cells]) => ({ group, rows: cells.length, ...icOfCells(data, cells) }))
}

/** The groups whose pooled rank IC lies strictly above, and strictly below, that of the whole signal. */
export function groupsApart(groups: readonly GroupIc[], overall: number): { above: number[]; below: number[] } {
  return {
    above: groups.filter(({ pooledRankIc }) => pooledRankIc > overall).map(({ group }) => group),
    below: groups.filter(({ pooledRankIc }) => pooledRankIc < overall).map(({ group }) => group),
  }
}

/**
 * Bucket of market capitalisation, abs(prc) · shrout, from 1 (smallest) to 5 for each name on each of the panel rows
 * [from, to); 0 where it is not known. Ties go by ascending id.
 */
export function marketCapBuckets(panel: Panel, from: number, to: number): Uint8Array {
  const names = panel.permnos.length
  const buckets = new Uint8Array((to - from) * names)
  const row = cutter(names)
  const known = PRESENT.prc | PRESENT.shrout
  for (let t = from; t < to; t++) {
    row.cut(
      (i) => {
        const cell = t * names + i
        return (panel.present[cell]! & known) === known ? Math.abs(panel.prc[cell]!) * panel.shrout[cell]! : null
      },
      buckets.subarray((t - from) * names, (t - from + 1) * names),
    )
  }
  return buckets
}

/** What each fifth of the signal earned, the fifth with the lowest signals first. */
export interface QuintileReturns {
  /** Mean over all returns of the bucket, dates mixed; NaN where it has none. [5] */
  readonly means: Float64Array
  /** Returns in the bucket. [5] */
  readonly counts: Int32Array
}

/** Pooled returns by fifth of the signal, names with a signal and a return row ranked date by date (engine.md 3.11). */
export function quintileReturns({ names, signals, returns }: SignalsAndReturns): QuintileReturns {
  const sums = new Float64Array(QUINTILES)
  const counts = new Int32Array(QUINTILES)
  const buckets = new Uint8Array(names)
  const row = cutter(names)
  for (let start = 0; start < signals.state.length; start += names) {
    const joined = (i: number) => signals.state[start + i] === CELL.value && returns.state[start + i] !== CELL.absent
    row.cut((i) => (joined(i) ? signals.values[start + i]! : null), buckets)
    for (let i = 0; i < names; i++) {
      const b = buckets[i]! - 1
      if (b < 0 || returns.state[start + i] !== CELL.value) continue
      sums[b] = sums[b]! + returns.values[start + i]!
      counts[b] = counts[b]! + 1
    }
  }
  return { means: sums.map((sum, b) => sum / counts[b]!), counts }
}

/** Whether returns rise, or fall, from each bucket to the next, and how closely they follow the bucket's number. */
export interface Monotonicity {
  readonly monotonic: boolean
  /** Pearson correlation of bucket number and mean return; NaN below two buckets. */
  readonly correlation: number
}

/** Strict: equal neighbours are not monotonic (engine.md 3.11). */
export function monotonicity(means: ArrayLike<number>): Monotonicity {
  if (means.length < 2) return { monotonic: false, correlation: Number.NaN }
  const steps = Array.from({ length: means.length - 1 }, (_, b) => means[b + 1]! - means[b]!)
  return {
    monotonic: steps.every((step) => step > 0) || steps.every((step) => step < 0),
    correlation: pearson(
      Array.from(means, (_, b) => b + 1),
      means,
    ),
  }
}

function icOfCells({ names, signals, returns }: SignalsAndReturns, cells: readonly number[]) {
  const paired = cells.filter((cell) => signals.state[cell] === CELL.value && returns.state[cell] === CELL.value)
  const [x, y] = columnsOf({ signals, returns }, paired)
  const enough = paired.length >= MIN_PAIRS
  const daily: number[] = []
  for (let from = 0; from < paired.length; ) {
    const date = Math.floor(paired[from]! / names)
    let to = from
    while (to < paired.length && Math.floor(paired[to]! / names) === date) to++
    if (to - from >= MIN_PAIRS_OF_GROUP) {
      const ic = spearman(x.subarray(from, to), y.subarray(from, to))
      if (!Number.isNaN(ic)) daily.push(ic)
    }
    from = to
  }
  return {
    pooledIc: enough ? pearson(x, y) : Number.NaN,
    pooledRankIc: enough ? spearman(x, y) : Number.NaN,
    meanRankIc: mean(daily),
    days: daily.length,
  }
}

function columnsOf({ signals, returns }: Omit<SignalsAndReturns, 'names'>, cells: readonly number[]) {
  const x = Float64Array.from(cells, (cell) => signals.values[cell]!)
  const y = Float64Array.from(cells, (cell) => returns.values[cell]!)
  return [x, y] as const
}

/** Cuts one cross-section after another into fifths by ordinal rank: the rule `ceilOrd` of engine.md T22. */
function cutter(names: number): { cut(valueAt: (i: number) => number | null, into: Uint8Array): void } {
  const values = new Float64Array(names)
  const members = new Int32Array(names)
  const sorter: Sorter = createSorter(names)
  return {
    cut(valueAt, into) {
      let n = 0
      for (let i = 0; i < names; i++) {
        const value = valueAt(i)
        if (value === null) continue
        values[n] = value
        members[n++] = i
      }
      sorter.sort(values, n)
      into.fill(0)
      for (let k = 0; k < n; k++) {
        const bucket = Math.ceil(((k + 1) / n) * QUINTILES)
        into[members[sorter.order[k]!]!] = Math.min(QUINTILES, Math.max(1, bucket))
      }
    },
  }
}
