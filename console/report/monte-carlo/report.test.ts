import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { meaningOf } from '../../../core/metric-glossary.ts'
import { drawnFaults, HOSTILE, pageFaults, seenText } from '../../../test/browser/page-laws.ts'
import { pathModel } from '../../../test/browser/path-model.ts'
import { renderReport } from '../render-report.ts'
import { drawdownLaw } from './drawdown-law.ts'
import { PATH_METRICS, type PathReportModel } from './model.ts'
import { centreOf } from './path-bins.ts'

const METHODS = ['bootstrap', 'shuffle', 'stationary', 'circular'] as const
const model = pathModel()
const html = renderReport(model)
const figure = (page: string, id: string) => new RegExp(`<figure id="${id}".*?</figure>`, 's').exec(page)?.[0] ?? ''

for (const method of METHODS) {
  test(`the page of ${method} paths keeps the laws of every report, and says method, paths and seed`, () => {
    const page = renderReport(pathModel(method))
    assert.deepEqual(pageFaults(page), [])
    assert.match(page, new RegExp(`1000 paths of \\d+ days by ${method} · seed 42, generator counter`))
  })
}

test('every figure of paths has its words, and those of a status are among them', () => {
  const status = ['sharpe', 'sharpe_q05', 'sharpe_q50', 'sharpe_q95', 'p_value', 'max_drawdown_q05']
  const names = Object.keys(model.metrics)
  assert.deepEqual(
    names.filter((name) => meaningOf('monteCarlo', name) === undefined),
    [],
  )
  assert.ok(status.every((name) => names.includes(name)))
})

test('the same paths give the same bytes', () => assert.equal(renderReport(pathModel()), html))

test('the fan names its five levels and the source at their ends', () => {
  const ends = [...figure(html, 'fan').matchAll(/<text class="end [^>]*>([^<]*)</g)].map((match) => match[1]!)
  assert.deepEqual(ends.map((end) => end.split(' ')[0]).sort(), ['25%', '5%', '50%', '75%', '95%', 'source'])
})

for (const metric of PATH_METRICS) {
  test(`the histogram of ${metric} marks the observed value and the levels of 5, 50 and 95 %`, () => {
    const drawn = figure(html, `paths-${metric.replace('_', '-')}`)
    const marks = [...drawn.matchAll(/<text class="mark[^>]*>([^<]*)</g)].map((match) => match[1]!.split(' ')[0])
    assert.deepEqual(marks.sort(), ['5%', '50%', '95%', 'observed'])
    assert.match(drawn, /<p class="reading">Nine paths in ten lie between /)
  })
}

test('shuffled paths say in words that they tell nothing of Sharpe ratio, IC and days won', () => {
  const page = renderReport(pathModel('shuffle'))
  for (const id of ['paths-sharpe', 'paths-mean-ic', 'paths-hit-rate']) {
    assert.match(figure(page, id), /Every path has the same value, .*does not depend on the order of days/s, id)
    assert.doesNotMatch(figure(page, id), /further out/, id)
  }
  assert.match(figure(page, 'paths-max-drawdown'), /<svg class="chart"/)
  assert.match(figure(page, 'fan'), /All paths end at .*, where the source ends/)
  assert.match(seenText(page), /Of skill these paths say nothing/)
})

const sentences: [method: (typeof METHODS)[number], says: RegExp][] = [
  ['bootstrap', /single days drawn with replacement.*near 0\.5 with and without skill.*whose days earn nothing/s],
  ['stationary', /blocks of following days, whose length varies.*tests nothing: read p_value_null/s],
  ['circular', /blocks of following days, all of one length/],
  ['shuffle', /their p-values do not exist\. Only the drawdown says something/],
]
for (const [method, says] of sentences) {
  test(`what the p-value of ${method} means stands on the page in sentences`, () => {
    assert.match(seenText(renderReport(pathModel(method))), says)
  })
}

test('the drawdown law falls from one to nothing, and counts paths as deep as the point', () => {
  const { depths, shares } = drawdownLaw([-0.1, -0.2, -0.2, -0.4, NaN])
  const at = (depth: number) => shares[depths.findIndex((one) => Math.abs(one - depth) < 1e-12)]
  assert.deepEqual([at(0), at(0.1), at(0.104), at(0.2), at(0.204), at(0.4)], [1, 1, 0.75, 0.75, 0.25, 0.25])
})

test('a drawdown law of paths that never fall is whole and finite', () => {
  const { depths, shares } = drawdownLaw([0, 0])
  assert.deepEqual([depths[0], shares[0], shares.at(-1)], [0, 1, 0])
})

test('values that differ by rounding alone are one, and have no bins', () => {
  assert.deepEqual(
    [centreOf([0.1, 0.1 + 1e-16]).width, centreOf([NaN, Infinity]).values.length, centreOf([1, 2]).width > 0],
    [0, 0, true],
  )
})

test('values far out are counted, not drawn', () => {
  const paths = [...Array.from({ length: 999 }, (_, i) => i / 1000), 1e6]
  const { values, outside } = centreOf(paths)
  assert.deepEqual([values.length, outside], [999, 1])
})

test('paths whose source is gone say so instead of a fan', () => {
  const source = { ...model.source, backtest: null }
  const page = renderReport({ ...model, fan: null, source })
  assert.match(page, /The files of the source are not at hand/)
  assert.deepEqual(pageFaults(page), [])
})

const NOTHING = Object.fromEntries(Object.keys(model.metrics).map((name) => [name, NaN]))
const none = Object.fromEntries(
  PATH_METRICS.map((metric) => [metric, [NaN]]),
) as unknown as PathReportModel['distributions']
const partial: [title: string, model: PathReportModel][] = [
  ['metrics that are all NaN', { ...model, metrics: NOTHING }],
  ['paths that are all NaN', { ...model, metrics: NOTHING, distributions: none }],
  ['no notes', { ...model, notes: [] }],
  [
    'infinite ratios',
    { ...model, metrics: { ...model.metrics, sharpe: Infinity }, distributions: { ...none, sharpe: [Infinity, 1, 2] } },
  ],
]
for (const [title, change] of partial) {
  test(`paths with ${title} make a whole page`, () => {
    const page = renderReport(change)
    assert.match(page, /<\/html>\n$/)
    assert.deepEqual(drawnFaults(page), [])
    assert.doesNotMatch(seenText(page), /\bNaN\b|\bundefined\b|\[object/)
  })
}

test('no text of paths becomes an element or a script', () => {
  const said = [{ code: HOSTILE, message: HOSTILE }]
  const page = renderReport({ ...model, head: { ...model.head, name: HOSTILE }, notes: said, warnings: said })
  assert.ok(page.includes('alert(2)'), 'the text itself is shown')
  assert.equal(page.match(/<script/g)?.length, html.match(/<script/g)?.length)
  assert.equal(page.match(/<img/g), null)
})
