import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { meaningOf } from '../../../core/metric-glossary.ts'
import { drawnFaults, HOSTILE, pageFaults, seenText } from '../../../test/browser/page-laws.ts'
import { walkModel } from '../../../test/browser/walk-model.ts'
import { renderReport } from '../render-report.ts'
import { combinationsOf, persistence } from './combinations.ts'
import type { WalkReportModel, WalkWindow } from './model.ts'

const model = walkModel()
const html = renderReport(model)
const withWindow = (at: number, change: Partial<WalkWindow>): WalkReportModel => ({
  ...model,
  windows: model.windows.map((window, i) => (i === at ? { ...window, ...change } : window)),
})

test('the page of a walk keeps the laws of every report', () => assert.deepEqual(pageFaults(html), []))

test('every figure of a walk has its words, and those of a status are among them', () => {
  const status = ['test_ic', 'test_icir', 'overfitting_ratio', 'is_overfit', 'windows', 'dsr', 'pbo']
  const names = Object.keys(model.metrics)
  const unknown = names.filter(
    (name) => meaningOf('walkForward', name) === undefined && meaningOf('metrics', name) === undefined,
  )
  assert.deepEqual([unknown, names.slice(0, status.length)], [[], status])
})

test('the same walk gives the same bytes', () => assert.equal(renderReport(walkModel()), html))

test('the order is: evidence, numbers, windows, curve, search, parameters, data, provenance', () => {
  const ids = ['id="verdict"', 'class="tiles"', 'id="timeline"', 'id="return"', 'id="windows"', 'id="overfitting"']
  const rest = ['id="search"', 'id="persistence"', 'id="parameter-', 'id="ic"', 'id="data"', 'id="provenance"']
  const places = [...ids, ...rest].map((id) => html.indexOf(id))
  assert.ok(
    places.every((place, i) => place > (places[i - 1] ?? 0)),
    places.join(),
  )
})

test('every window stands in the table with dates, choice and figures, and in the timeline with its test IC', () => {
  const table = /<table class="windows">.*?<\/table>/s.exec(html)![0]
  assert.equal(table.match(/<th scope="row">/g)?.length, model.windows.length)
  assert.match(table, /lookbackDays \d, winsorizePct [\d.]+/)
  const timeline = /<figure id="timeline".*?<\/figure>/s.exec(html)![0]
  assert.equal(timeline.match(/class="end /g)?.length, model.windows.length)
})

test('a window without a test IC is excluded in words, in the timeline and in the table', () => {
  const page = renderReport(withWindow(1, { testIc: NaN, testIcir: NaN }))
  assert.match(page, /<text class="end ink"[^>]*>excluded<\/text>/)
  assert.match(page, /<tr class="excluded"><th scope="row">1<\/th>/)
  assert.match(seenText(page), /Excluded from every aggregate: window 1, whose test IC is not a number\./)
  assert.match(page, /class="span none" d="M/)
})

test('a window in which nothing was chosen says so', () => {
  assert.match(seenText(renderReport(withWindow(0, { bestScore: NaN, testIc: NaN }))), /nothing: no score/)
})

test('days that the window before trained on too are filled, and none where windows lie apart', () => {
  const filled = (page: string) => /class="span again" d="([^"]*)"/.exec(page)?.[1] ?? ''
  assert.notEqual(filled(html), '')
  const apart = model.windows.map((window, i) => ({ ...window, trainStart: window.trainEnd - 10 - i }))
  assert.equal(filled(renderReport({ ...model, windows: apart.slice(0, 2) })), '')
})

const flags: [title: string, ratio: number, overfit: number, words: RegExp][] = [
  ['above the threshold the badge says OVERFIT', 2.4, 1, /class="badge bad">OVERFIT<.*looked 2\.40 times as good/s],
  ['at the threshold it says not overfit', 2, 0, /class="badge good">not overfit</],
  ['a ratio that is NaN is undetermined', NaN, 0, /class="badge caution">undetermined<.*undetermined\./s],
]
for (const [title, ratio, overfit, words] of flags) {
  test(title, () => {
    const metrics = { ...model.metrics, overfitting_ratio: ratio, is_overfit: overfit }
    const page = renderReport({ ...model, metrics })
    assert.match(page, words)
    assert.match(page, />threshold 2<\/text>/)
  })
}

test('two parameters make a map of train and one of test, with what was chosen', () => {
  const maps = html.match(/<table class="heat grid-map">/g)
  assert.equal(maps?.length, 2)
  const chosen = [...html.matchAll(/chosen (\d+)×/g)].reduce((sum, match) => sum + Number(match[1]), 0)
  assert.equal(chosen, model.windows.length)
})

test('one parameter makes bars, three make a table of the best combinations', () => {
  const one = renderReport(walkModel({ lookbackDays: [4, 9, 15] }))
  const three = renderReport(
    walkModel({ lookbackDays: [4, 9], winsorizePct: [0, 0.3], universeFilter: ['all', 'large_cap'] }),
  )
  assert.match(
    one,
    /Search over lookbackDays<.*<svg class="chart" role="img" aria-label="Mean mean_ic by lookbackDays/s,
  )
  assert.match(three, /Search over 3 parameters<.*<caption class="unseen">Best combinations/s)
  for (const page of [one, three]) assert.deepEqual(pageFaults(page), [])
})

test('without a search the page says so, and draws no choice', () => {
  const page = renderReport(walkModel({}))
  assert.match(page, /Nothing was searched/)
  assert.doesNotMatch(page, /id="search"|id="parameter-/)
  assert.deepEqual(pageFaults(page), [])
})

test('the choices of the combinations are as many as there are windows', () => {
  const combinations = combinationsOf(model)
  assert.equal(combinations.length, 6)
  assert.equal(
    combinations.reduce((sum, one) => sum + one.chosen, 0),
    model.windows.length,
  )
})

test('better stays better: the mean over windows of the correlation of train and test scores', () => {
  const tries = [
    { parameters: {}, train: [1, 1], test: [2, 3] },
    { parameters: {}, train: [2, 2], test: [4, 2] },
    { parameters: {}, train: [3, 3], test: [6, 1] },
  ]
  assert.ok(Math.abs(persistence(tries, 2) - 0) < 1e-12, 'one window +1, the other -1')
  assert.ok(Math.abs(persistence(tries, 1) - 1) < 1e-12)
  assert.ok(Number.isNaN(persistence(tries.slice(0, 2), 2)), 'two combinations say nothing')
})

test('no text of a walk becomes an element or a script', () => {
  const page = renderReport({
    ...model,
    head: { ...model.head, name: HOSTILE },
    windows: model.windows.map((window) => ({ ...window, parameters: { [HOSTILE]: HOSTILE } })),
    search: {
      names: [HOSTILE, 'b'],
      ranges: { [HOSTILE]: [HOSTILE], b: [1] },
      tries: model.search.tries.map((one) => ({ ...one, parameters: { [HOSTILE]: HOSTILE, b: 1 } })),
    },
    stability: model.stability.map((choice) => ({ ...choice, name: HOSTILE, usual: HOSTILE })),
    warnings: [{ code: HOSTILE, message: HOSTILE }],
  })
  assert.ok(page.includes('alert(2)'), 'the text itself is shown')
  assert.equal(page.match(/<script/g)?.length, html.match(/<script/g)?.length)
  assert.equal(page.match(/<img/g), null)
})

const NOTHING = Object.fromEntries(Object.keys(model.metrics).map((name) => [name, NaN]))
const empty = { dates: [], ic: [], rankIc: [] }
const partial: [title: string, model: WalkReportModel][] = [
  ['metrics that are all NaN', { ...model, metrics: NOTHING }],
  ['no window at all', { ...model, windows: [], search: { ...model.search, tries: [] }, stability: [] }],
  ['no days', { ...model, ic: empty, returns: { dates: [], gross: [], net: null, drag: null } }],
  [
    'scores that are all NaN',
    {
      ...model,
      search: {
        ...model.search,
        tries: model.search.tries.map((one) => ({ ...one, train: [NaN], test: [NaN] })),
      },
      windows: model.windows.map((w) => ({ ...w, bestScore: NaN, trainIc: NaN, testIc: NaN, search: null })),
    },
  ],
  [
    'eighty windows',
    {
      ...model,
      windows: Array.from({ length: 80 }, (_, i) => ({ ...model.windows[i % model.windows.length]!, id: i })),
    },
  ],
]
for (const [title, change] of partial) {
  test(`a walk with ${title} makes a whole page`, () => {
    const page = renderReport(change)
    assert.match(page, /<\/html>\n$/)
    assert.deepEqual(drawnFaults(page), [])
    assert.doesNotMatch(seenText(page), /\bNaN\b|\bundefined\b|\[object/)
  })
}
