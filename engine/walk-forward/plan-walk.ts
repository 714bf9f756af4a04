import { formatIsoDate } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import type { AlphaChoice, AlphaParameters, Backtest, WalkForward } from '../../core/request.ts'
import { bindAlpha } from '../alphas/index.ts'
import type { Panel } from '../panel.ts'
import { planDays } from '../run-days.ts'
import { type SearchSpace, searchSpace } from './search/search-space.ts'
import { separateWindows, type Window, walkWindows } from './windows.ts'

/** Consecutive rows of the panel. */
export interface RowSpan {
  readonly first: number
  readonly count: number
}

/** A window and the run days of its two spans. */
export interface WalkWindow extends Window {
  readonly train: RowSpan
  readonly test: RowSpan
}

/** A walk as it will be computed: plain data, so that it can be sent to a worker thread. A window is one unit. */
export interface Walk {
  readonly walkForward: WalkForward
  readonly windows: readonly WalkWindow[]
  readonly space: SearchSpace
  /** All rows that a train or test span holds, and those between. */
  readonly rows: RowSpan
}

/**
 * Cuts a walk into its units, and refuses at once what none of them could compute. Throws `walkforward_invalid`
 * (windows.ts, search-space.ts), `unknown_alpha`, `invalid_alpha_params`, and what a run of a window's days throws
 * (`pit_violation`, `no_signals`), naming the window.
 */
export function planWalk(walkForward: WalkForward, panel: Panel): Walk {
  const { backtest, windows: spec, search } = walkForward
  const space = searchSpace(search)
  for (const combination of space.combinations) checkAlpha(backtest.alpha, combination)
  const cut = separateWindows(walkWindows(spec, backtest.startDate, backtest.endDate), spec, panel.dates)
  const windows = cut.map((window) => ({
    ...window,
    train: spanOf(walkForward, panel, window, 'train'),
    test: spanOf(walkForward, panel, window, 'test'),
  }))
  const first = windows[0]!.train.first
  const { test } = windows.at(-1)!
  return { walkForward, windows, space, rows: { first, count: test.first + test.count - first } }
}

/** The Backtest of one span of a window, with parameters laid over its own. */
export function spanBacktest(
  { backtest }: Pick<WalkForward, 'backtest'>,
  window: Window,
  { span, parameters }: { span: 'train' | 'test'; parameters: AlphaParameters },
): Backtest {
  const [from, to] = span === 'train' ? [window.trainStart, window.trainEnd] : [window.testStart, window.testEnd]
  return {
    ...backtest,
    alpha: withParameters(backtest.alpha, parameters),
    startDate: formatIsoDate(from),
    endDate: formatIsoDate(to),
  }
}

/** An alpha with parameters of a search laid over those it names itself. A blend has none to search. */
export function withParameters(alpha: AlphaChoice, parameters: AlphaParameters): AlphaChoice {
  return 'blend' in alpha ? alpha : { name: alpha.name, parameters: { ...alpha.parameters, ...parameters } }
}

function checkAlpha(alpha: AlphaChoice, parameters: AlphaParameters): void {
  const searched = Object.keys(parameters)
  if ('blend' in alpha) {
    if (searched.length === 0) return
    const message = `a blend has no parameter of its own to search; remove ${searched.join(', ')}`
    throw new HindcastError('walkforward_invalid', message, { field: '/spec/search/parameters' })
  }
  bindAlpha({ name: alpha.name, parameters: { ...alpha.parameters, ...parameters } })
}

function spanOf(walkForward: WalkForward, panel: Panel, window: Window, span: 'train' | 'test'): RowSpan {
  try {
    const { first, count } = planDays(spanBacktest(walkForward, window, { span, parameters: {} }), panel)
    return { first, count }
  } catch (thrown) {
    if (!(thrown instanceof HindcastError)) throw thrown
    throw new HindcastError(thrown.code, `window ${window.id}, ${span} span: ${thrown.message}`, {
      field: '/spec/windows',
      cause: thrown,
    })
  }
}
