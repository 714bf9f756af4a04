import { dateText } from '../../../core/date-text.ts'
import { nearest } from './nearest.ts'
import { type Readings, readingsOf, rowText, tableOf } from './table-data.ts'

interface Panel {
  readonly plots: readonly HTMLElement[]
  readonly lines: readonly SVGLineElement[]
  readonly output: HTMLOutputElement | null
  readonly first: number
  readonly last: number
  /** Read from the table at first use: most pages are closed without it. */
  readings: Readings | null
  readonly figure: HTMLElement
}

/** Trading days that Page Up and Page Down move by: about a month. */
const PAGE = 21

/** One cursor over all charts of time: point at a day, or focus a chart and press the arrow keys. */
export function linkCursors(root: Document): void {
  const panels = [...root.querySelectorAll<HTMLElement>('figure:has(.plot.time)')].map(panelOf)
  let shown = Number.NaN

  const show = (day: number, speaking: Panel) => {
    shown = day
    for (const panel of panels) place(panel, day, panel === speaking)
  }
  const hide = () => {
    shown = Number.NaN
    for (const panel of panels) clear(panel)
  }

  for (const panel of panels) {
    for (const plot of panel.plots) {
      plot.tabIndex = 0
      plot.setAttribute('role', 'group')
      plot.setAttribute('aria-label', `${title(panel)}: arrow keys read a day`)
      plot.addEventListener('pointermove', (event) => show(dayAt(panel, plot, event.clientX), panel))
      plot.addEventListener('pointerleave', hide)
      plot.addEventListener('blur', hide)
      plot.addEventListener('keydown', (event) => {
        const day = dayAfter(panel, shown, event.key)
        if (day === null) return
        event.preventDefault()
        show(day, panel)
      })
    }
  }
}

function panelOf(figure: HTMLElement): Panel {
  const plots = [...figure.querySelectorAll<HTMLElement>('.plot.time')]
  return {
    figure,
    plots,
    lines: [...figure.querySelectorAll<SVGLineElement>('line.cursor')],
    output: figure.querySelector('output'),
    first: Number(plots[0]?.dataset.first),
    last: Number(plots[0]?.dataset.last),
    readings: null,
  }
}

function title(panel: Panel): string {
  return panel.figure.querySelector('h2')?.textContent ?? 'Chart'
}

function readings(panel: Panel): Readings | null {
  const table = tableOf(panel.figure)
  panel.readings ??= table === null ? null : readingsOf(table)
  return panel.readings
}

function dayAt(panel: Panel, plot: HTMLElement, clientX: number): number {
  const { left, width } = plot.getBoundingClientRect()
  const share = (clientX - left) / width
  const days = readings(panel)?.days ?? []
  return days[nearest(days, panel.first - 0.5 + share * (panel.last - panel.first + 1))] ?? panel.first
}

function dayAfter(panel: Panel, from: number, key: string): number | null {
  const days = readings(panel)?.days ?? []
  const last = days.length - 1
  const at = Number.isNaN(from) ? null : nearest(days, from)
  const moves: Record<string, number> = {
    ArrowLeft: at === null ? last : at - 1,
    ArrowRight: at === null ? 0 : at + 1,
    PageUp: at === null ? last : at - PAGE,
    PageDown: at === null ? 0 : at + PAGE,
    Home: 0,
    End: last,
  }
  const to = moves[key]
  return to === undefined ? null : (days[Math.min(last, Math.max(0, to))] ?? null)
}

function place(panel: Panel, day: number, speaks: boolean): void {
  const x = `${((day - panel.first + 0.5) / (panel.last - panel.first + 1)) * 100}%`
  for (const line of panel.lines) {
    line.setAttribute('x1', x)
    line.setAttribute('x2', x)
  }
  for (const plot of panel.plots) plot.classList.add('reading')
  const values = readings(panel)
  if (panel.output === null || values === null) return
  const row = nearest(values.days, day)
  // Only the chart in hand is read aloud; the others show their values silently.
  panel.output.setAttribute('aria-live', speaks ? 'polite' : 'off')
  panel.output.textContent =
    values.days[row] === day ? `${dateText(day)}: ${rowText(values, row)}` : `${dateText(day)}: no value`
}

function clear(panel: Panel): void {
  for (const plot of panel.plots) plot.classList.remove('reading')
  if (panel.output !== null) panel.output.textContent = ''
}
