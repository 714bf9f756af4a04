import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { BlendSpec, NamedAlpha } from '../../core/request.ts'
import { differences } from '../../test/golden/compare.ts'
import { bindAlpha } from '../alphas/index.ts'
import { alphaSignal } from '../alphas/pipeline.ts'
import type { Panel } from '../panel.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { createView, firstRowFrom } from '../point-in-time.ts'
import { CELL, type DenseTable } from '../result.ts'
import { createSignal, signalScratch } from '../signal.ts'
import { describeBlend, distinctLabels, equalWeightWarnings } from './blend-result.ts'
import { blendSource, type PartSource } from './blend-source.ts'
import { combineSignals } from './combine-signals.ts'

const NAMES = 34
const DAYS = 130
const FIRST_DAY = 18_000
const noise = (t: number, i: number) => ((7919 * (i + 1) + 10473 * t + 613 * (i + 1) * t + 4421) % 10007) / 10007 - 0.5
const CELLS = Array.from({ length: DAYS * NAMES }, (_, k) => ({ t: Math.floor(k / NAMES), i: k % NAMES }))
const PANEL = panelFromRows({
  permno: CELLS.map(({ i }) => 10_001 + i),
  date: CELLS.map(({ t }) => FIRST_DAY + t),
  // A name lists late, so that its signals begin after those of the others.
  ret: CELLS.map(({ t, i }) => (i === 4 && t < 60 ? null : noise(t, i) / 10)),
})
const ALPHAS: readonly NamedAlpha[] = [
  { name: 'reversal', parameters: { lookbackDays: 5 } },
  { name: 'volatility', parameters: { lookbackDays: 10, minObservations: 5 } },
]
const SPEC: BlendSpec = { of: ALPHAS, weighting: 'ic', lookbackDays: 40, minLookbackDays: 10, normalize: true }

function partsOf(panel: Panel): PartSource[] {
  return ALPHAS.map((choice) => {
    const alpha = bindAlpha(choice)
    const view = createView(panel)
    const scratch = signalScratch(panel.permnos.length)
    return {
      label: alpha.label,
      at(row, into) {
        view.moveTo(row, DAYS - 1)
        alphaSignal(alpha, view, into, scratch)
      },
    }
  })
}

/** Composite and weights of the rows from `first` to `last`, asked for one after the other. */
function walk(spec: BlendSpec, panel: Panel, first: number, last: number) {
  const source = blendSource(partsOf(panel), spec, panel)
  return Array.from({ length: last - first + 1 }, (_, k) => {
    const into = createSignal(NAMES)
    source.at(first + k, into)
    return { values: into.values, state: into.state, weights: source.partWeights }
  })
}

const weightings = ['equal', 'ic', 'ir', 'volParity'] as const

function tableOf(rows: (into: ReturnType<typeof createSignal>, row: number) => void): DenseTable {
  const table = { values: new Float64Array(DAYS * NAMES), state: new Uint8Array(DAYS * NAMES) }
  for (let row = 0; row < DAYS; row++) {
    const signal = createSignal(NAMES)
    rows(signal, row)
    table.values.set(signal.values, row * NAMES)
    table.state.set(signal.state, row * NAMES)
  }
  return table
}

for (const weighting of weightings) {
  test(`${weighting}: a blend by panel row equals the combination of its parts' tables`, () => {
    const spec = { ...SPEC, weighting }
    const parts = partsOf(PANEL).map((part) => ({
      name: part.label,
      signals: tableOf((into, row) => part.at(row, into)),
    }))
    const returns = tableOf((into, row) => {
      for (let i = 0; i < NAMES && row + 1 < DAYS; i++) {
        const known = (PANEL.present[(row + 1) * NAMES + i]! & 2) !== 0
        into.state[i] = known ? CELL.value : CELL.absent
        into.values[i] = 1 + PANEL.ret[(row + 1) * NAMES + i]! - 1
      }
    })
    const wanted = combineSignals({
      ...{ dates: PANEL.dates, names: NAMES, parts, returns, spec, asOf: null, rolling: true },
    })
    const first = firstRowFrom(PANEL.dates, wanted.dates[0]!)
    walk(spec, PANEL, first, DAYS - 1).forEach(({ values, weights }, k) => {
      assert.deepEqual(differences(weights, [...wanted.weights.subarray(2 * k, 2 * k + 2)]), [])
      assert.deepEqual(differences(values, [...wanted.composite.values.subarray(k * NAMES, (k + 1) * NAMES)]), [])
    })
  })

  test(`${weighting}: a row has the same bits wherever the walk began`, () => {
    const spec = { ...SPEC, weighting }
    assert.deepEqual(walk(spec, PANEL, 100, 110), walk(spec, PANEL, 70, 110).slice(30))
  })

  test(`${weighting}: no row changes when returns after it do`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 80, max: 120 }), (row) => {
        const ret = PANEL.ret.map((r, cell) => (cell >= (row + 1) * NAMES ? r / 2 - 0.01 : r))
        const changed = walk({ ...SPEC, weighting }, { ...PANEL, ret }, row - 1, row)
        assert.deepEqual(changed, walk({ ...SPEC, weighting }, PANEL, row - 1, row))
      }),
      { numRuns: 8 },
    )
  })
}

test('the weight of a row looks back, also before the first row that was asked for', () => {
  const [only] = walk({ ...SPEC, minLookbackDays: 39 }, PANEL, 100, 100)
  assert.notDeepEqual([...only!.weights!], [0.5, 0.5])
})

test('a row may be asked for again, and one before it may not', () => {
  const source = blendSource(partsOf(PANEL), SPEC, PANEL)
  const [first, again] = [createSignal(NAMES), createSignal(NAMES)]
  source.at(100, first)
  source.at(100, again)
  assert.deepEqual(again, first)
  assert.throws(() => source.at(99, again), /row 99 is asked for after row 100/)
})

test('a row without a common name has no weights and an empty composite', () => {
  const [row] = walk(SPEC, PANEL, 0, 0)
  assert.equal(row!.weights, null)
  assert.ok(row!.state.every((state) => state === CELL.absent))
})

test('a finished blend tells how alike its parts were, by name', () => {
  const rows = walk(SPEC, PANEL, 90, 100)
  const weights = Float64Array.from(rows.flatMap((row) => [...row.weights!]))
  const dates = PANEL.dates.subarray(90, 101)
  const { blend, warnings } = describeBlend({
    panel: PANEL,
    spec: SPEC,
    parts: partsOf(PANEL),
    lastRow: 100,
    dates,
    weights,
  })
  assert.deepEqual(blend.names, ['reversal_5', 'low_vol_10'])
  assert.deepEqual(Object.keys(blend.correlation), [
    'pearson:reversal_5|low_vol_10',
    'spearman:reversal_5|low_vol_10',
    'condition_number',
  ])
  const r = Math.abs(blend.correlation['pearson:reversal_5|low_vol_10']!)
  assert.deepEqual(differences(blend.correlation.condition_number, (1 + r) / (1 - r)), [])
  assert.deepEqual(warnings, [])
})

test('days on which nothing scored are counted, days without weights are not', () => {
  const weights = Float64Array.of(0.5, 0.5, 0.3, 0.7, Number.NaN, Number.NaN)
  const [warning] = equalWeightWarnings('ic', 2, weights)
  assert.match(warning!.message, /^On 1 of 3 days/)
  assert.deepEqual(equalWeightWarnings('equal', 2, weights), [])
})

test('two parts of one label are told apart', () => {
  assert.deepEqual(distinctLabels(['a', 'b', 'a', 'a']), ['a', 'b', 'a#2', 'a#3'])
})
