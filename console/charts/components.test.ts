import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { ErrorBars, LogCurve } from './category-chart.ts'
import { DataTable } from './data-table.ts'
import { Figure } from './figure.ts'
import { HeatMap } from './heat-map.ts'
import { marksHeight, placeMarks } from './marks.ts'
import { Histogram, NumberChart, Scatter } from './number-chart.ts'
import { TimeChart, type TimeChartProps } from './time-chart.ts'

const style = { unit: 'percent', digits: 1, signed: true } as const
const dates = [16437, 16440, 16441, 16442]
const time: TimeChartProps = {
  label: 'Return',
  dates,
  span: [16437, 16442],
  layers: [{ mark: 'line', values: [0, 0.01, -0.02, 0.03], tone: 'accent', name: 'net', endValue: 0.03 }],
  style,
  height: 100,
  zero: true,
  axis: true,
}
const drawn = (change: Partial<TimeChartProps> = {}) => renderToString(h(TimeChart, { ...time, ...change }))

test('a chart is an image with an accessible name', () => {
  assert.match(drawn(), /<svg class="chart" role="img" aria-label="Return"/)
})

test('a line is labelled at its end with its last value', () => {
  assert.match(drawn(), /<text class="end accent"[^>]*>net \+3\.0%<\/text>/)
})

test('a chart has at most five grid lines, zero darker than the others', () => {
  const html = drawn()
  const lines = html.match(/class="grid[^"]*"/g) ?? []
  assert.ok(lines.length > 0 && lines.length <= 5)
  assert.equal(lines.filter((line) => line.includes('zero')).length, 1)
})

test('a low chart has fewer grid lines, so that their labels do not touch', () => {
  assert.ok((drawn({ height: 70 }).match(/class="grid/g) ?? []).length <= 3)
})

test('labels of lines that end together do not cover each other', () => {
  const layer = (name: string) => ({ mark: 'line', values: [0, 0, 0, 0.01], tone: 'second', name }) as const
  const html = drawn({ layers: [layer('a'), layer('b'), layer('c')] })
  const heights = [...html.matchAll(/class="end[^>]* y="([\d.]+)"/g)].map((match) => Number(match[1]))
  assert.equal(heights.length, 3)
  assert.ok(heights.every((y, i) => i === 0 || y - heights[i - 1]! >= 14))
})

test('a chart of nothing but NaN has axes and no marks', () => {
  const html = drawn({ layers: [{ mark: 'bars', values: [NaN, NaN, NaN, NaN], tone: 'second' }] })
  assert.doesNotMatch(html, /NaN/)
  assert.match(html, /class="bars second" d>/)
})

test('a chart of one day stands', () => {
  const html = drawn({
    dates: [16437],
    span: [16437, 16437],
    layers: [{ mark: 'line', values: [0.1], tone: 'accent' }],
  })
  assert.match(html, /d="M500 [\d.]+h0"/)
})

test('a bar without a known standard error has no error bar', () => {
  const html = renderToString(
    h(ErrorBars, { label: 'x', style, height: 90, names: ['low', 'high'], values: [-0.01, 0.02], errors: [0.01, NaN] }),
  )
  assert.equal(html.match(/class="error"/g)?.length, 1)
  assert.doesNotMatch(html, /NaN/)
})

test('an error bar reaches one standard error to each side', () => {
  const html = renderToString(
    h(ErrorBars, { label: 'x', style, height: 101, names: ['one'], values: [0.5], errors: [0.5] }),
  )
  const [, top, bottom] = /class="error" d="M500 ([\d.]+)V([\d.]+)"/.exec(html)!
  // The domain is 0 to 1 and its padding: the lower end stands on the zero line.
  assert.equal(Number(top), 100)
  assert.ok(Number(bottom) < 20)
})

test('a decay curve of one horizon, or of NaN, stands', () => {
  const one = renderToString(
    h(LogCurve, { label: 'x', style, height: 90, xText: String, positions: [1], values: [0.02] }),
  )
  const none = renderToString(
    h(LogCurve, { label: 'x', style, height: 90, xText: String, positions: [1, 5], values: [NaN, NaN] }),
  )
  assert.match(one, /class="dot"/)
  assert.doesNotMatch(one + none, /NaN/)
})

test('a histogram without a value stands', () => {
  const html = renderToString(
    h(Histogram, { label: 'x', style, height: 90, bins: [], marks: [], xTicks: [], xText: String }),
  )
  assert.doesNotMatch(html, /NaN/)
})

const scale = { style, height: 100, xTicks: [0, 1], xText: String }

test('a chart of numbers draws a line for each name, and marks values by lines with words', () => {
  const html = renderToString(
    h(NumberChart, {
      ...scale,
      label: 'x',
      positions: [0, 1, 2],
      zero: true,
      lines: [{ values: [0, 0.1, NaN], tone: 'accent', stroke: 'solid', name: 'one' }],
      marks: [{ value: 1, text: 'here', tone: 'ink', stroke: 'dashed' }],
    }),
  )
  assert.match(html, /<line class="mark ink dashed" x1="50%" x2="50%"/)
  assert.match(html, /<text class="mark ink"[^>]*>here<\/text>/)
  assert.doesNotMatch(html, /NaN/)
})

test('labels of marks that stand together take rows of their own, and one beyond the axis is left out', () => {
  const mark = (value: number) => ({ value, text: `at ${value}`, tone: 'ink', stroke: 'solid' }) as const
  const placed = placeMarks([mark(500), mark(510), mark(900), mark(2000)], (value) => value)
  assert.deepEqual(
    placed.map(({ x, row }) => [x, row]),
    [
      [500, 0],
      [510, 1],
      [900, 0],
    ],
  )
  assert.ok(marksHeight(placed) > marksHeight(placed.slice(0, 1)))
})

test('a scatter leaves out points without two numbers', () => {
  const points = [{ x: [1, NaN, 2], y: [1, 1, Infinity], look: 'other' }] as const
  const html = renderToString(
    h(Scatter, { label: 'x', style, height: 90, points, xStyle: style, xName: 'train', ticksOf: () => [0, 1] }),
  )
  assert.equal(/class="point other" d="([^"]*)"/.exec(html)![1]!.match(/M/g)?.length, 1)
})

test('a heat map says every value in figures, and a month without a valid day with a dash', () => {
  const html = renderToString(
    h(HeatMap, {
      label: 'IC',
      months: [
        { year: 2015, month: 0, mean: -0.08, days: 20 },
        { year: 2015, month: 1, mean: NaN, days: 0 },
      ],
      style: { unit: 'percent', digits: 0, signed: true },
      deepest: 0.12,
    }),
  )
  assert.match(html, /<td class="down3" title="Jan 2015: −0\.0800, 20 days">−8<\/td>/)
  assert.match(html, /<td title="no valid day">–<\/td>/)
})

test('a table shows rounded numbers and carries every digit', () => {
  const html = renderToString(
    h(DataTable, {
      caption: 'Returns',
      rows: { id: 'date', days: [16437] },
      columns: [{ id: 'net_return', name: 'net', style, values: [0.0123456789] }],
    }),
  )
  assert.match(html, /<th scope="row">2015-01-02<\/th><td data-v="0\.0123456789">\+1\.2<\/td>/)
  assert.match(html, /data-id="net_return"[^>]*>net, %<\/th>/)
})

test('a table of more than 2,500 days says that it leaves some out', () => {
  const days = Array.from({ length: 3000 }, (_, i) => i)
  const html = renderToString(
    h(DataTable, { caption: 'x', rows: { id: 'date', days }, columns: [{ id: 'v', name: 'v', style, values: days }] }),
  )
  assert.match(html, /of 3000 days, with every extreme/)
})

test('a figure keeps its table one key away', () => {
  const table = { caption: 'x', rows: { id: 'date', days: [] }, columns: [] } as const
  assert.match(renderToString(h(Figure, { id: 'f', title: 'T', note: 'n', table })), /<summary>Table<\/summary>/)
})
