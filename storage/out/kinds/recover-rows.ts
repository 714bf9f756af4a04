import { parseIsoDate } from '../../../core/dates.ts'
import { HindcastError } from '../../../core/errors.ts'
import type { Json } from '../../../core/identity.ts'
import type { Completion, IntervalRow, WindowRow } from '../../ledger/ledger.ts'
import { type Manifest, parseObject } from '../documents/manifest.ts'
import { fromStrictNumber } from '../documents/strict-json.ts'
import { MONTE_CARLO_FILE } from './monte-carlo.ts'
import { WALK_FORWARD_FILE } from './walk-forward.ts'

/** The file of a kind that its rows besides the job's can be made of; absent: it has none. */
export const ROWS_FILE: Readonly<Record<string, string>> = {
  WalkForward: WALK_FORWARD_FILE,
  MonteCarlo: MONTE_CARLO_FILE,
}

/** More than any plan has: a window a month for a thousand years. */
const MOST_WINDOWS = 12_000
const METRIC = /^[a-z_]{1,40}$/

/**
 * The rows that T3 wrote with a result of that kind, from the text of its ROWS_FILE. Throws `artifact_corrupt` for a
 * text that no result of that computation has.
 */
export function recoverRows(manifest: Manifest, text: string): Pick<Completion, 'windows' | 'intervals'> {
  const file = ROWS_FILE[manifest.kind] ?? ''
  const document = parseObject(file, text)
  if (manifest.kind === 'MonteCarlo') return { intervals: intervalsOf(document) }
  const names = searched(manifest)
  const windows = list(document, 'windows', file)
  if (windows.length > MOST_WINDOWS) throw corrupt(file, `windows are ${windows.length}`)
  return { windows: windows.map((window, id) => windowOf(window, { id, names })) }
}

function windowOf(value: unknown, { id, names }: { id: number; names: readonly string[] }): WindowRow {
  const at = `windows[${id}]`
  const window = fields(value, WALK_FORWARD_FILE, at)
  if (window.window_id !== id)
    throw corrupt(WALK_FORWARD_FILE, `${at}.window_id is ${JSON.stringify(window.window_id)}`)
  const day = (name: string) => dayOf(window[name], `${at}.${name}`)
  const number = (name: string) => numberOf(window[name], WALK_FORWARD_FILE, `${at}.${name}`)
  return {
    windowId: id,
    trainStart: day('train_start'),
    trainEnd: day('train_end'),
    testStart: day('test_start'),
    testEnd: day('test_end'),
    bestParams: parametersOf(window.best_params, { at, names }),
    trainIc: number('train_ic'),
    testIc: number('test_ic'),
    testIcir: number('test_icir'),
  }
}

/** The document spells parameters as the reference did, the row as the manifest. */
function parametersOf(value: unknown, { at, names }: { at: string; names: readonly string[] }): Json {
  const written = fields(value, WALK_FORWARD_FILE, `${at}.best_params`)
  const members = names.map((name) => {
    const chosen = written[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]
    if (typeof chosen === 'number' || typeof chosen === 'string') return [name, chosen] as const
    throw corrupt(WALK_FORWARD_FILE, `${at}.best_params has no ${name}`)
  })
  return Object.fromEntries(members)
}

function searched({ computation }: Manifest): readonly string[] {
  const { search } = fields(computation, 'manifest.json', 'computation')
  const { parameters } = fields(search, 'manifest.json', 'computation.search')
  return Object.keys(fields(parameters, 'manifest.json', 'computation.search.parameters'))
}

/** What a row of monte_carlo_results takes its p-value from; the other metrics have none. */
const P_VALUES: Readonly<Record<string, string>> = { sharpe: 'p_value_null', max_drawdown: 'drawdown_deeper_share' }

function intervalsOf(document: Fields): IntervalRow[] {
  const intervals = list(document, 'intervals', MONTE_CARLO_FILE).map((value, place) => {
    const at = `intervals[${place}]`
    const { metric, quantiles, ...interval } = fields(value, MONTE_CARLO_FILE, at)
    if (typeof metric !== 'string' || !METRIC.test(metric)) throw corrupt(MONTE_CARLO_FILE, `${at}.metric is none`)
    const number = (name: string) => numberOf(interval[name], MONTE_CARLO_FILE, `${at}.${name}`)
    const [observed, q05, q50, q95] = ['observed', 'q05', 'q50', 'q95'].map(number) as [Value, Value, Value, Value]
    const levels = fields(quantiles, MONTE_CARLO_FILE, `${at}.quantiles`)
    for (const [level, held] of Object.entries(levels)) numberOf(held, MONTE_CARLO_FILE, `${at}.quantiles.${level}`)
    const from = P_VALUES[metric]
    const pValue = from === undefined ? null : numberOf(document[from], MONTE_CARLO_FILE, from)
    return { metric, observed, q05, q50, q95, quantiles: levels as Json, pValue }
  })
  const metrics = intervals.map(({ metric }) => metric)
  if (new Set(metrics).size !== metrics.length) throw corrupt(MONTE_CARLO_FILE, `intervals of ${metrics.join(', ')}`)
  return intervals
}

type Value = number | null
type Fields = { readonly [member: string]: unknown }

function dayOf(value: unknown, at: string): string {
  if (typeof value === 'string' && parseIsoDate(value) !== null) return value
  throw corrupt(WALK_FORWARD_FILE, `${at} is no date`)
}

function numberOf(value: unknown, file: string, at: string): number | null {
  const number = fromStrictNumber(value)
  if (number !== null || value === null) return number
  throw corrupt(file, `${at} is no number`)
}

function list(document: Fields, member: string, file: string): readonly unknown[] {
  const value = document[member]
  if (Array.isArray(value)) return value
  throw corrupt(file, `${member} is no list`)
}

function fields(value: unknown, file: string, at: string): Fields {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as never
  throw corrupt(file, `${at} is no object`)
}

function corrupt(file: string, what: string): HindcastError {
  return new HindcastError('artifact_corrupt', `${file}: ${what}`)
}
