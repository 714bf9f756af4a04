import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { differences } from '../../test/golden/compare.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { CELL, type DenseTable } from '../result.ts'
import { pearson, spearman } from '../stats.ts'
import { groupIcs, groupsApart, marketCapBuckets, monotonicity, quintileReturns } from './grouped.ts'

/** undefined: no row; null: a row without a value. */
function table(cells: readonly (number | null | undefined)[]): DenseTable {
  return {
    values: Float64Array.from(cells, (cell) => cell ?? Number.NaN),
    state: Uint8Array.from(cells, (c) => (c === undefined ? CELL.absent : c === null ? CELL.null : CELL.value)),
  }
}

// Two groups of fifteen names on three days: group 1 predicts inside each day, group 2 backwards.
const NAMES = 30
const cells = Array.from({ length: 3 * NAMES }, (_, k) => ({ t: Math.floor(k / NAMES), i: k % NAMES }))
const groups = cells.map(({ i }) => (i < 15 ? 1 : 2))
const signal = cells.map(({ i }) => i % 15)
// The level of the returns moves by day, which pooling mixes into the correlation.
const earned = cells.map(({ t, i }) => 100 * t + (i < 15 ? i % 15 : -(i % 15)))
const DATA = { names: NAMES, signals: table(signal), returns: table(earned) }

test('a group that predicts inside each day has a mean rank IC of one, and a pooled one near nothing', () => {
  const [first, second] = groupIcs(DATA, groups)
  assert.deepEqual([first!.group, first!.rows, first!.days, first!.meanRankIc], [1, 45, 3, 1])
  assert.deepEqual([second!.group, second!.meanRankIc], [2, -1])
  assert.ok(first!.pooledRankIc < 0.5)
})

test('the pooled figures are plain correlations over all dates at once', () => {
  const mine = cells.map((_, k) => k).filter((k) => groups[k] === 1)
  const [x, y] = [mine.map((k) => signal[k]!), mine.map((k) => earned[k]!)]
  const [first] = groupIcs(DATA, groups)
  assert.deepEqual(differences(first, { pooledIc: pearson(x, y), pooledRankIc: spearman(x, y) }), [])
})

test('a group of fewer than thirty rows is left out, and cells without a group belong to none', () => {
  const few = groups.map((group, k) => (k >= 29 ? 0 : group))
  assert.deepEqual(groupIcs(DATA, few), [])
})

test('a group with thirty rows but too few pairs has no pooled figure', () => {
  const holed = table(earned.map((r, k) => (k % 2 === 0 ? null : r)))
  const [first] = groupIcs({ ...DATA, returns: holed }, groups)
  assert.equal(first!.rows, 45)
  assert.ok(Number.isNaN(first!.pooledIc) && Number.isNaN(first!.pooledRankIc))
  assert.equal(first!.meanRankIc, null, 'seven pairs a day are fewer than ten')
})

test('groups stand above or below the whole strictly', () => {
  const of = (group: number, pooledRankIc: number) => ({
    group,
    rows: 30,
    pooledIc: 0,
    pooledRankIc,
    meanRankIc: 0,
    days: 1,
  })
  const found = groupsApart([of(1, 0.2), of(2, 0.1), of(3, 0), of(4, Number.NaN)], 0.1)
  assert.deepEqual(found, { above: [1], below: [3] })
})

test('market capitalisation is cut into fifths by date, unknown ones aside, ties by id', () => {
  const caps = [5, 4, 3, 2, 1, null, 1]
  const panel = panelFromRows({
    permno: caps.map((_, i) => i + 1),
    date: caps.map(() => 19_000),
    ret: caps.map(() => 0),
    prc: caps.map((cap) => (cap === null ? null : -cap)),
    shrout: caps.map(() => 10),
  })
  assert.deepEqual([...marketCapBuckets(panel, 0, 1)], [5, 5, 4, 3, 1, 0, 2])
})

test('quintile returns pool the dates and count what they pool', () => {
  const found = quintileReturns({
    names: 5,
    signals: table([1, 2, 3, 4, 5, 5, 4, 3, 2, 1]),
    returns: table([1, 2, 3, 4, 5, 10, 20, 30, null, 50]),
  })
  assert.deepEqual([...found.counts], [2, 1, 2, 2, 2])
  assert.deepEqual(differences(found.means, [25.5, 2, 16.5, 12, 7.5]), [])
})

test('a name without a return row is not ranked', () => {
  const { counts } = quintileReturns({
    names: 6,
    signals: table([0, 1, 2, 3, 4, 5]),
    returns: table([undefined, 1, 1, 1, 1, 1]),
  })
  assert.deepEqual([...counts], [1, 1, 1, 1, 1])
})

const shapes: [title: string, means: number[], monotonic: boolean, correlation: number][] = [
  ['returns that rise are monotonic', [1, 2, 3], true, 1],
  ['returns that fall are too', [3, 2, 1], true, -1],
  ['equal neighbours are not', [1, 1, 2], false, 0.8660254037844387],
  ['one bucket has no shape', [1], false, Number.NaN],
]
for (const [title, means, monotonic, correlation] of shapes) {
  test(title, () => assert.deepEqual(differences(monotonicity(means), { monotonic, correlation }), []))
}

test('fifths hold every known name once and differ by one name at most', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 5, maxLength: 60 }), (signals) => {
      const { counts } = quintileReturns({
        names: signals.length,
        signals: table(signals),
        returns: table(signals.map(() => 1)),
      })
      assert.equal(
        counts.reduce((a, b) => a + b),
        signals.length,
      )
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1)
    }),
  )
})
