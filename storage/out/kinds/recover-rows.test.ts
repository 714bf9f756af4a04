import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Manifest } from '../documents/manifest.ts'
import { recoverRows } from './recover-rows.ts'

const WALK = {
  kind: 'WalkForward',
  computation: { search: { parameters: { lookbackDays: [5, 10], metric: ['roe'] } } },
} as unknown as Manifest
const PATHS = { kind: 'MonteCarlo', computation: {} } as unknown as Manifest

const WINDOW = {
  window_id: 0,
  train_start: '2015-01-05',
  train_end: '2015-04-04',
  test_start: '2015-04-05',
  test_end: '2015-05-04',
  best_params: { lookback_days: 10, metric: 'roe' },
  train_ic: 0.02,
  test_ic: null,
  test_icir: -0.1,
}
const INTERVAL = {
  metric: 'sharpe',
  observed: 'Infinity',
  q05: 0.1,
  q50: 1,
  q95: null,
  quantiles: { '0.05': 0.1, '0.5': 1, '0.95': null },
}
const DOCUMENT = {
  intervals: [INTERVAL, { ...INTERVAL, metric: 'max_drawdown', observed: -0.2 }, { ...INTERVAL, metric: 'mean_ic' }],
  p_value_null: 0.04,
  drawdown_deeper_share: null,
}

test('windows come back with the parameters as the manifest spells them', () => {
  const text = JSON.stringify({ windows: [WINDOW, { ...WINDOW, window_id: 1 }] })
  const [first, second] = recoverRows(WALK, text).windows!
  assert.deepEqual(first, {
    windowId: 0,
    trainStart: '2015-01-05',
    trainEnd: '2015-04-04',
    testStart: '2015-04-05',
    testEnd: '2015-05-04',
    bestParams: { lookbackDays: 10, metric: 'roe' },
    trainIc: 0.02,
    testIc: null,
    testIcir: -0.1,
  })
  assert.equal(second!.windowId, 1)
})

test('intervals come back with the p-value that their metric has', () => {
  const { intervals } = recoverRows(PATHS, JSON.stringify(DOCUMENT))
  assert.deepEqual(
    intervals!.map(({ metric, observed, pValue }) => [metric, observed, pValue]),
    [
      ['sharpe', Number.POSITIVE_INFINITY, 0.04],
      ['max_drawdown', -0.2, null],
      ['mean_ic', Number.POSITIVE_INFINITY, null],
    ],
  )
  assert.deepEqual(intervals![0]!.quantiles, INTERVAL.quantiles)
})

const WINDOWS: readonly [title: string, change: object, says: RegExp][] = [
  ['numbered otherwise', { window_id: 3 }, /windows\[0\]\.window_id is 3/],
  ['with a day that is none', { test_end: '2015-02-30' }, /windows\[0\]\.test_end is no date/],
  ['without its parameters', { best_params: {} }, /best_params has no lookbackDays/],
  ['with a parameter that is a list', { best_params: { lookback_days: [], metric: 'roe' } }, /no lookbackDays/],
  ['with a text for a number', { train_ic: 'good' }, /windows\[0\]\.train_ic is no number/],
  ['without a number', { test_icir: undefined }, /windows\[0\]\.test_icir is no number/],
]
for (const [title, change, says] of WINDOWS) {
  test(`no row is made of a window ${title}`, () => {
    const text = JSON.stringify({ windows: [{ ...WINDOW, ...change }] })
    assert.throws(() => recoverRows(WALK, text), { code: 'artifact_corrupt', message: says })
  })
}

const INTERVALS: readonly [title: string, change: object, says: RegExp][] = [
  ['without a metric', { metric: undefined }, /intervals\[0\]\.metric/],
  ['with a metric that is no name', { metric: "sharpe'; --" }, /intervals\[0\]\.metric/],
  ['with a metric that is there twice', { metric: 'mean_ic' }, /intervals of mean_ic/],
  ['with levels that are a list', { quantiles: [] }, /quantiles is no object/],
  ['with a level that is no number', { quantiles: { '0.5': 'one' } }, /quantiles\.0\.5 is no number/],
]
for (const [title, change, says] of INTERVALS) {
  test(`no row is made of an interval ${title}`, () => {
    const [first, ...rest] = DOCUMENT.intervals
    const text = JSON.stringify({ ...DOCUMENT, intervals: [{ ...first, ...change }, ...rest] })
    assert.throws(() => recoverRows(PATHS, text), { code: 'artifact_corrupt', message: says })
  })
}

for (const [title, manifest, text] of [
  ['no JSON', WALK, 'windows'],
  ['a document without windows', WALK, '{}'],
  ['more windows than a walk can have', WALK, JSON.stringify({ windows: Array(12_001).fill(WINDOW) })],
  ['a document without intervals', PATHS, '{"windows":[]}'],
  ['a window that is null', WALK, '{"windows":[null]}'],
] as const) {
  test(`no row is made of ${title}`, () => {
    assert.throws(() => recoverRows(manifest, text), { code: 'artifact_corrupt' })
  })
}
