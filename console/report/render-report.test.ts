import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { dayNumber } from '../../core/dates.ts'
import { goldenModel } from '../../test/browser/golden-model.ts'
import type { ReportModel } from './model.ts'
import { renderReport } from './render-report.ts'
import { bucketPath } from './sections/decay-and-quantiles.ts'

const golden = goldenModel()
const MAX_BYTES = 5_000_000
const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(2)>"' onload=alert(3) \u202e&lt;`

/** Every text of a model replaced by a hostile one; dates, ids that a schema checks and choices stay. */
function poisoned(model: ReportModel): ReportModel {
  const evil = { permno: 10004, ticker: HOSTILE, weight: 0.1 }
  return {
    ...model,
    head: { ...model.head, name: HOSTILE, namespace: HOSTILE, jobId: HOSTILE },
    computation: {
      ...model.computation,
      dataset: HOSTILE,
      snapshotId: HOSTILE,
      alpha: { name: HOSTILE, parameters: { [HOSTILE]: HOSTILE } },
    },
    metrics: { ...model.metrics, [HOSTILE]: 1 },
    costs: { summary: model.costs!.summary, capacity: { ...model.costs!.capacity, limiting_factor: HOSTILE } },
    holdings: { ...model.holdings!, long: [evil], short: [evil] },
    data: { ...model.data!, dropped: [{ reason: HOSTILE, rows: 1 }], findings: [HOSTILE] },
    warnings: [{ code: HOSTILE, message: HOSTILE }],
    provenance: { ...model.provenance, datasetVersionIds: { [HOSTILE]: HOSTILE }, createdBy: HOSTILE, again: HOSTILE },
  }
}

test('no text of a model becomes an element, an attribute or a script', () => {
  const html = renderReport(poisoned(golden))
  const clean = renderReport(golden)
  assert.ok(html.includes('alert(2)'), 'the text itself is shown')
  assert.equal(html.match(/<script/g)?.length, clean.match(/<script/g)?.length)
  assert.equal(html.match(/<img/g), null)
  for (const tag of html.match(/<[a-z][^>]*>/g) ?? []) {
    assert.doesNotMatch(tag.replaceAll(/"[^"]*"/g, '""'), /\son[a-z]+=/i, tag)
  }
})

test('the same model gives the same bytes', () => {
  assert.equal(renderReport(goldenModel()), renderReport(goldenModel()))
})

test('a page asks for nothing outside itself', () => {
  const html = renderReport(golden)
  assert.doesNotMatch(html, /\b(?:src|href)="(?!data:,|#)/)
  assert.doesNotMatch(html, /url\(|@import|https?:\/\//)
  assert.match(
    html,
    /http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[^;]+; script-src/,
  )
})

test('no number reads NaN, undefined or null to people', () => {
  const seen = renderReport(golden)
    .replaceAll(/<(script|style)>.*?<\/\1>/gs, '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll(/&quot;[^&]*&quot;: null/g, '')
  assert.doesNotMatch(seen, /\bNaN\b|\bundefined\b|\[object|\bnull\b|Infinity/)
})

test('every chart has an accessible name and a table', () => {
  const html = renderReport(golden)
  const figures = html.match(/<figure.*?<\/figure>/gs) ?? []
  assert.ok(figures.length >= 11, `${figures.length} figures`)
  for (const figure of figures) {
    assert.match(figure, /<svg class="chart" role="img" aria-label="[^"]{8,}"|<table class="heat"><caption/)
    assert.match(figure, /<summary>Table<\/summary>.*<table class="numbers"><caption>.+<tbody><tr>/s)
  }
})

test('every term on the page has its definition on the page', () => {
  const html = renderReport(golden)
  const wanted = [...html.matchAll(/popovertarget="([^"]+)"/g)].map((match) => match[1]!)
  assert.ok(wanted.length > 40)
  for (const id of wanted) assert.ok(html.includes(`id="${id}"`), id)
})

test('ids on the page are unique', () => {
  const ids = [...renderReport(golden).matchAll(/ id="([^"]+)"/g)].map((match) => match[1])
  assert.equal(new Set(ids).size, ids.length)
})

test('a blend shows the weight of each alpha by day and how alike they are', () => {
  const dates = first(golden.ic.dates, 3)
  const html = renderReport({
    ...golden,
    blend: {
      names: ['momentum_252_21', '<b>value</b>'],
      dates,
      weights: [0.6, 0.4, NaN, NaN, 1, 0],
      correlation: { 'pearson:a|b': 0.5, 'spearman:a|b': -0.25, condition_number: 12.34 },
    },
  })
  assert.match(html, /<text class="end second"[^>]*>&lt;b>value/)
  assert.match(html, /Rank correlation of a and b<\/dt><dd>−0\.25/)
  assert.match(html, /12\.3<\/dd>/)
  assert.doesNotMatch(html, /<b>value/)
})

test('securities are written with ticker and permno, or with the permno alone', () => {
  const html = renderReport(golden)
  assert.ok(html.includes('AAPL (10004)') && html.includes('>10500<'))
})

const empty: ReportModel = {
  ...golden,
  head: { ...golden.head, durationMs: null, lastProcessedDate: null },
  metrics: {},
  ic: { dates: [], ic: [], rankIc: [] },
  returns: { dates: [], gross: [], net: null, drag: null },
  turnover: { dates: [], values: [] },
  book: null,
  decay: { horizons: [], ic: [], rankIc: [] },
  quantiles: null,
  costs: null,
  holdings: null,
  data: null,
  warnings: [],
}
const first = <T>(values: ArrayLike<T>, count: number) => Array.from(values).slice(0, count)
const allNaN = Array.from({ length: 252 }, () => NaN)

const partial: [title: string, model: ReportModel, says: RegExp][] = [
  ['nothing but a head', empty, /No day has a result/],
  [
    'no costs',
    { ...golden, costs: null, returns: { ...golden.returns, net: null, drag: null } },
    /No cost model was asked/,
  ],
  ['no quantiles', { ...golden, quantiles: null }, /id="decay"/],
  ['no table of ICs', { ...golden, ic: empty.ic }, /there is no IC to draw/],
  ['ICs that are all NaN', { ...golden, ic: { ...golden.ic, ic: allNaN, rankIc: allNaN } }, /id="ic"/],
  [
    'metrics that are all NaN',
    { ...golden, metrics: { mean_ic: NaN, icir: NaN, decay_half_life: null } },
    /n\/a: fewer than 20/,
  ],
  ['no quality report', { ...golden, data: null }, /quality report of the import is not at hand/],
  [
    'one day',
    {
      ...golden,
      ic: { dates: [16437], ic: [0.1], rankIc: [0.1] },
      returns: { dates: [16437], gross: [0.01], net: [0.009], drag: [0.001] },
      turnover: { dates: [16437], values: [0.5] },
      book: { dates: [16437], long: [1], short: [0], gross: [1], net: [1] },
      quantiles: null,
    },
    /<text class="tick x"[^>]*>2 Jan<\/text>/,
  ],
  [
    'thirty days',
    {
      ...golden,
      ic: { dates: first(golden.ic.dates, 30), ic: first(golden.ic.ic, 30), rankIc: first(golden.ic.rankIc, 30) },
      book: null,
      quantiles: null,
      returns: {
        dates: first(golden.returns.dates, 30),
        gross: first(golden.returns.gross, 30),
        net: null,
        drag: null,
      },
      turnover: { dates: first(golden.turnover.dates, 30), values: first(golden.turnover.values, 30) },
    },
    /<text class="tick x[^>]*>9 Jan<\/text>/,
  ],
]
for (const [title, model, says] of partial) {
  test(`a model with ${title} makes a whole page that says so`, () => {
    const html = renderReport(model)
    assert.match(html, says)
    assert.match(html, /<\/html>\n$/)
    for (const tag of html.match(/<(?:path|line|text|svg)[^>]*>/g) ?? []) assert.doesNotMatch(tag, /"[^"]*NaN[^"]*"/)
  })
}

test('no series, however wild, puts a number into a drawing that is none', () => {
  const wild = fc.oneof(
    fc.double(),
    fc.double({ min: -1, max: 1 }),
    fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 5e-324, 1e308, -1e308),
  )
  const series = fc.array(fc.tuple(wild, wild, wild), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(series, (rows) => {
      const dates = rows.map((_, i) => 16437 + i)
      const [a, b, c] = [0, 1, 2].map((column) => rows.map((row) => row[column]!)) as [number[], number[], number[]]
      const html = renderReport({
        ...golden,
        ic: { dates, ic: a, rankIc: b.map((value) => Math.max(-1, Math.min(1, value))) },
        returns: { dates, gross: a, net: b, drag: c },
        turnover: { dates, values: c },
        book: { dates, long: a, short: b, gross: c, net: a },
        decay: { horizons: dates.map((_, i) => i + 1), ic: a, rankIc: b },
        quantiles: {
          ...golden.quantiles!,
          returns: [a[0]!, b[0]!],
          standardErrors: [c[0]!, a[0]!],
          observations: [1, 2],
          dates,
          daily: rows.flatMap((row) => row.slice(0, 2)),
        },
      })
      for (const tag of html.match(/<(?:path|line|text|svg)[^>]*>/g) ?? []) {
        assert.doesNotMatch(tag.replaceAll(/aria-label="[^"]*"/g, ''), /NaN|Infinity/)
      }
    }),
    { numRuns: 40 },
  )
})

/** `days` days of everything a long run has, from the golden year over and over. */
function long(days: number): ReportModel {
  const start = dayNumber('2000-01-03')
  const dates = Array.from({ length: days }, (_, i) => start + Math.floor((i * 7) / 5))
  const again = (values: ArrayLike<number>) => dates.map((_, i) => values[i % values.length]! * (1 + i / 1e6))
  const { quantiles, returns, ic, book, turnover } = golden
  return {
    ...golden,
    ic: { dates, ic: again(ic.ic), rankIc: again(ic.rankIc) },
    returns: { dates, gross: again(returns.gross), net: again(returns.net!), drag: again(returns.drag!) },
    turnover: { dates, values: again(turnover.values) },
    book: {
      dates,
      long: again(book!.long),
      short: again(book!.short),
      gross: again(book!.gross),
      net: again(book!.net),
    },
    quantiles: {
      ...quantiles!,
      dates,
      daily: dates.flatMap((_, i) => first(quantiles!.daily, 5).map((v) => v + i / 1e7)),
    },
  }
}

for (const days of [1260, 12_600]) {
  test(`a page of ${days} days is under 5 MB`, () => {
    const bytes = Buffer.byteLength(renderReport(long(days)))
    assert.ok(bytes < MAX_BYTES, `${bytes} bytes`)
  })
}

test('the last point of every cumulative line has the sign of its quantile bar', () => {
  const { quantiles } = golden
  Array.from(quantiles!.returns).forEach((mean, bucket) => {
    const path = bucketPath(quantiles!, bucket, 20)
    assert.equal(Math.sign(path.at(-1)!), Math.sign(mean))
    assert.ok(Math.abs(path.at(-1)! - (mean * path.length) / 20) < 1e-9)
  })
})
