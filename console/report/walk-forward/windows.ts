import { h, type JSX } from 'preact'
import { dateRangeText } from '../../../core/date-text.ts'
import { formatIsoDate } from '../../../core/dates.ts'
import { type NumberStyle, numberText } from '../../../core/number-text.ts'
import type { AlphaParameters } from '../../../core/request.ts'
import { Figure } from '../../charts/figure.ts'
import { Frame, yScale } from '../../charts/frame.ts'
import { round } from '../../charts/path.ts'
import type { Interval } from '../../charts/scale.ts'
import { timeLabels, timeScale } from '../../charts/time-chart.ts'
import { WideTable } from '../sections/wide-table.ts'
import { Term } from '../terms/term.ts'
import type { WalkReportModel, WalkWindow } from './model.ts'

const IC: NumberStyle = { unit: 'number', digits: 4, signed: true }
const SHORT_IC: NumberStyle = { unit: 'number', digits: 3, signed: true }
const TWO: NumberStyle = { unit: 'number', digits: 2, signed: true }
/** Pixels of a row: as many windows as there are share about this height, within bounds. */
const ROWS_HEIGHT = 420
const [THINNEST_ROW, THICKEST_ROW] = [5, 22]
/** Pixels that a label of a row needs. */
const LABEL_ROW = 14
/** Parts of a row that its bars fill. */
const TRAIN_SHARE = 0.42
const TEST_SHARE = 0.72

/** First day of the first train span to the last day of the last test span. */
export function walkSpan(windows: readonly WalkWindow[]): Interval | null {
  if (windows.length === 0) return null
  return [Math.min(...windows.map((w) => w.trainStart)), Math.max(...windows.map((w) => w.testEnd))]
}

/** `lookbackDays 126, skipDays 21`. */
export function parametersText(parameters: AlphaParameters): string {
  const words = Object.entries(parameters).map(([name, value]) => `${name} ${value}`)
  return words.length === 0 ? 'as given' : words.join(', ')
}

/** What was learned on which days, and tested on which. */
export function TimelineFigure({ model, span }: { model: WalkReportModel; span: Interval }): JSX.Element {
  const { windows } = model
  const overlap = windows.some((window, i) => sharedEnd(window, windows[i - 1]) !== null)
  const filled = overlap ? ', its days that the window before had trained on too filled' : ''
  return h(
    Figure,
    {
      id: 'timeline',
      title: 'Windows',
      note: `train in outline${filled}; test solid, with its IC; the later the lower`,
      table: {
        caption: 'Windows of the walk',
        rows: { id: 'window', name: 'window', texts: windows.map(({ id }) => String(id)) },
        texts: [
          column(windows, 'train_start', (w) => formatIsoDate(w.trainStart)),
          column(windows, 'train_end', (w) => formatIsoDate(w.trainEnd)),
          column(windows, 'test_start', (w) => formatIsoDate(w.testStart)),
          column(windows, 'test_end', (w) => formatIsoDate(w.testEnd)),
          column(windows, 'best_params', (w) => parametersText(w.parameters)),
        ],
        columns: [
          { id: 'train_ic', name: 'train IC', style: IC, values: windows.map((w) => w.trainIc) },
          { id: 'test_ic', name: 'test IC', style: IC, values: windows.map((w) => w.testIc) },
          { id: 'test_icir', name: 'test ICIR', style: TWO, values: windows.map((w) => w.testIcir) },
          { id: 'train_sharpe', name: 'train Sharpe', style: TWO, values: windows.map((w) => w.trainSharpe) },
          { id: 'test_sharpe', name: 'test Sharpe', style: TWO, values: windows.map((w) => w.testSharpe) },
        ],
      },
    },
    h(Timeline, { windows, span }),
  )
}

function column(windows: readonly WalkWindow[], id: string, textOf: (window: WalkWindow) => string) {
  return { id, name: id.replace('_', ' '), texts: windows.map(textOf) }
}

function Timeline({ windows, span }: { windows: readonly WalkWindow[]; span: Interval }): JSX.Element {
  const count = windows.length
  const row = Math.min(THICKEST_ROW, Math.max(THINNEST_ROW, ROWS_HEIGHT / count))
  const height = Math.round(count * row) + 10
  const domain: Interval = [0, count]
  const y = yScale(domain, height)
  const x = timeScale(span)
  const every = Math.ceil(LABEL_ROW / row)
  const centre = (i: number) => count - i - 0.5
  const bars = windows.map((window, i) => {
    const bar = (from: number, to: number, share: number) => {
      const [left, right] = [round(x(from - 0.5)), round(x(to + 0.5))]
      const half = (row * share) / 2
      return `M${left} ${round(y(centre(i)) - half)}H${right}V${round(y(centre(i)) + half)}H${left}Z`
    }
    const shared = sharedEnd(window, windows[i - 1])
    return {
      train: bar(window.trainStart, window.trainEnd, TRAIN_SHARE),
      again: shared === null ? '' : bar(window.trainStart, shared, TRAIN_SHARE),
      test: bar(window.testStart, window.testEnd, TEST_SHARE),
      valid: !Number.isNaN(window.testIc),
    }
  })
  const joined = (pick: (bar: (typeof bars)[number]) => string) => bars.map(pick).join('')
  const excluded = windows.filter((window) => Number.isNaN(window.testIc)).length
  return h(
    Frame,
    {
      label:
        `Timeline of ${count} windows from ${dateRangeText(span[0], span[1])}, ` +
        `${excluded === 0 ? 'none' : excluded} excluded`,
      height,
      domain,
      style: IC,
      xLabels: timeLabels(span),
      yLabels: windows.flatMap(({ id }, i) =>
        i % every === 0 ? [{ value: centre(i), label: String(id), line: false }] : [],
      ),
      endLabels:
        row < LABEL_ROW
          ? []
          : windows.map(({ testIc }, i) => ({
              y: y(centre(i)),
              text: Number.isNaN(testIc) ? 'excluded' : numberText(testIc, SHORT_IC),
              tone: testIc < 0 ? ('down' as const) : ('ink' as const),
            })),
    },
    h('path', { class: 'span again', d: joined((bar) => bar.again) }),
    h('path', { class: 'span train', d: joined((bar) => bar.train) }),
    h('path', { class: 'span test', d: joined((bar) => (bar.valid ? bar.test : '')) }),
    h('path', { class: 'span none', d: joined((bar) => (bar.valid ? '' : bar.test)) }),
  )
}

/** Last day that a window's train span shares with that of the window before; null where they are apart. */
function sharedEnd(window: WalkWindow, before: WalkWindow | undefined): number | null {
  if (before === undefined || before.trainEnd < window.trainStart) return null
  return Math.min(before.trainEnd, window.trainEnd)
}

/** Every window in a line: its dates, its choice, what it promised and what it kept. */
export function WindowTable({ model }: { model: WalkReportModel }): JSX.Element {
  const { windows } = model
  const excluded = windows.filter((window) => Number.isNaN(window.testIc))
  return h(
    'section',
    { 'aria-labelledby': 'windows' },
    h(
      'h2',
      { id: 'windows' },
      'Window by window ',
      h(
        'small',
        null,
        'what was chosen on the train span, what it gave on the test span, and its rank there, 1 the best',
      ),
    ),
    h(
      WideTable,
      {
        label: 'window by window',
        words: ['window', 'train', 'test', 'chosen'],
        numbers: ['train IC', 'test IC', 'test ICIR', 'rank'],
      },
      windows.map(windowRow),
    ),
    excluded.length > 0 &&
      h(
        'p',
        { class: 'findings' },
        `Excluded from every aggregate: ${excluded.length === 1 ? 'window' : 'windows'} ` +
          `${excluded.map(({ id }) => id).join(', ')}, whose test IC is not a number.`,
      ),
    h('p', { class: 'reading' }, h(Aggregates, { model })),
  )
}

function windowRow(window: WalkWindow): JSX.Element {
  const excluded = Number.isNaN(window.testIc)
  const rank = numberText(window.rankedCombinations + 1 - window.chosenRank, {
    unit: 'number',
    digits: window.chosenRank % 1 === 0 ? 0 : 1,
  })
  return h(
    'tr',
    excluded ? { class: 'excluded' } : null,
    h('th', { scope: 'row' }, window.id),
    h('td', null, dateRangeText(window.trainStart, window.trainEnd)),
    h('td', null, dateRangeText(window.testStart, window.testEnd)),
    h(
      'td',
      { class: 'words' },
      Number.isNaN(window.bestScore) ? 'nothing: no score' : parametersText(window.parameters),
    ),
    h('td', { class: 'number' }, numberText(window.trainIc, IC)),
    h('td', { class: 'number' }, excluded ? h('b', null, 'excluded') : h('b', null, numberText(window.testIc, IC))),
    h('td', { class: 'number' }, numberText(window.testIcir, TWO)),
    h('td', { class: 'number' }, rank === 'n/a' ? rank : `${rank} of ${window.rankedCombinations}`),
  )
}

function Aggregates({ model: { metrics } }: { model: WalkReportModel }): JSX.Element {
  const value = (name: string, style: NumberStyle) => {
    const found = metrics[name]
    return numberText(typeof found === 'number' ? found : null, style)
  }
  const term = (name: string) => h(Term, { group: 'walkForward', name })
  return h(
    'span',
    null,
    'Over the windows with a test IC: ',
    term('test_ic'),
    ` ${value('test_ic', IC)}, `,
    term('test_icir'),
    ` ${value('test_icir', TWO)}, `,
    term('train_ic'),
    ` ${value('train_ic', IC)}. Every window counts alike, and the spread is the population's.`,
  )
}
