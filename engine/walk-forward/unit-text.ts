import { HindcastError } from '../../core/errors.ts'
import type { Warning } from '../result.ts'
import type { Metrics, TestRun, UnitResult } from './compute-unit.ts'
import type { SearchEvidence } from './weigh-search.ts'
import type { Window } from './windows.ts'

/** Raised when the text changes its shape: a unit of another version is computed again. */
const VERSION = 1
/** Numbers that JSON has no word for. */
const WORDS: readonly unknown[] = ['NaN', 'Infinity', '-Infinity', '-0']

/** A unit as one line of JSON: equal units give equal text, and `readUnit` gives back every bit. */
export function writeUnit(unit: UnitResult): string {
  return JSON.stringify({ version: VERSION, ...unit }, (_, value) => {
    if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>)
    if (typeof value !== 'number') return value
    if (Object.is(value, -0)) return '-0'
    return Number.isFinite(value) ? value : String(value)
  })
}

/**
 * The unit of a text of `writeUnit`: every member is checked, and none is taken over that a unit does not have. Throws
 * `artifact_corrupt`, naming the member, when the text is not one of this version.
 */
export function readUnit(text: string): UnitResult {
  const held = record(parsed(text), 'it')
  if (held.version !== VERSION) throw corrupt(`version ${String(held.version)}, allowed: ${VERSION}`)
  const { unit, scores, testScores, best, bestScore } = held
  const read: UnitResult = {
    unit: whole(unit, 'unit'),
    window: windowOf(held.window),
    scores: doubles(scores, 'scores'),
    testScores: doubles(testScores, 'testScores'),
    best: whole(best, 'best'),
    bestParameters: parametersOf(held.bestParameters),
    bestScore: number(bestScore, 'bestScore'),
    evidence: orNull(held.evidence, evidenceOf),
    train: orNull(held.train, (train) => metricsOf(train, 'train')),
    test: orNull(held.test, testOf),
  }
  checkWhole(read)
  return read
}

/** What must hold between the members of a unit, whatever its walk. */
function checkWhole({ unit, window, scores, testScores, best, bestScore, evidence, train, test }: UnitResult): void {
  if (window.id !== unit) throw corrupt(`unit ${unit} holds window ${window.id}`)
  if (testScores.length !== scores.length) throw corrupt('scores and testScores differ in length')
  if (!Object.is(scores[best], bestScore)) throw corrupt('bestScore is not the score of the best try')
  const chosen = !Number.isNaN(bestScore)
  for (const [name, part] of Object.entries({ evidence, train, test })) {
    if ((part !== null) !== chosen)
      throw corrupt(`${name} is ${part === null ? 'not ' : ''}there, bestScore ${bestScore}`)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw corrupt('the stored text is no JSON', cause)
  }
}

function windowOf(value: unknown): Window {
  const { id, trainStart, trainEnd, testStart, testEnd } = record(value, 'window')
  return {
    id: whole(id, 'window.id'),
    trainStart: whole(trainStart, 'window.trainStart'),
    trainEnd: whole(trainEnd, 'window.trainEnd'),
    testStart: whole(testStart, 'window.testStart'),
    testEnd: whole(testEnd, 'window.testEnd'),
  }
}

function parametersOf(value: unknown): UnitResult['bestParameters'] {
  const entries = Object.entries(record(value, 'bestParameters'))
  for (const [name, chosen] of entries) {
    if (typeof chosen !== 'string' && typeof chosen !== 'number') throw corrupt(`bestParameters.${name} is no value`)
  }
  return Object.fromEntries(entries) as UnitResult['bestParameters']
}

const EVIDENCE = ['days', 'trials', 'effectiveTrials', 'meanCorrelation', 'sharpe', 'expectedBest', 'probabilistic']
const EVIDENCE_OF_ALL = ['deflated', 'deflatedEffective', 'overfittingProbability', 'blocks']
const COUNTS: readonly string[] = ['days', 'trials', 'blocks']

function evidenceOf(value: unknown): SearchEvidence {
  const held = record(value, 'evidence')
  const members = [...EVIDENCE, ...EVIDENCE_OF_ALL].map((name) => {
    const at = `evidence.${name}`
    return [name, COUNTS.includes(name) ? whole(held[name], at) : orNull(held[name], (one) => number(one, at))] as const
  })
  return Object.fromEntries(members) as unknown as SearchEvidence
}

function testOf(value: unknown): TestRun {
  const { metrics, dailyIc, portfolioReturns, net, costSummary, warnings } = record(value, 'test')
  return {
    metrics: metricsOf(metrics, 'test.metrics'),
    dailyIc: series(dailyIc, 'test.dailyIc', ['ic', 'rankIc']),
    portfolioReturns: series(portfolioReturns, 'test.portfolioReturns', ['values']),
    net: orNull(net, (held) => series(held, 'test.net', ['gross', 'drag', 'net'])),
    costSummary: orNull(costSummary, (held) => metricsOf(held, 'test.costSummary')),
    warnings: list(warnings, 'test.warnings').map(warningOf),
  }
}

type Columns<K extends string> = { readonly dates: Int32Array } & Readonly<Record<K, Float64Array>>

/** Columns of one length, their dates ascending. */
function series<K extends string>(value: unknown, at: string, names: readonly K[]): Columns<K> {
  const held = record(value, at)
  const dates = Int32Array.from(list(held.dates, `${at}.dates`), (day) => whole(day, `${at}.dates`))
  if (dates.some((day, i) => i > 0 && day <= dates[i - 1]!)) throw corrupt(`${at}.dates do not ascend`)
  const columns = names.map((name) => {
    const column = doubles(held[name], `${at}.${name}`)
    if (column.length !== dates.length) throw corrupt(`${at}.${name} has ${column.length} rows, not ${dates.length}`)
    return [name, column] as const
  })
  return { dates, ...Object.fromEntries(columns) } as Columns<K>
}

function warningOf(value: unknown): Warning {
  const { code, message } = record(value, 'test.warnings')
  if (typeof code !== 'string' || typeof message !== 'string') throw corrupt('test.warnings hold no texts')
  return { code, message }
}

function metricsOf(value: unknown, at: string): Metrics {
  const members = Object.entries(record(value, at))
  return Object.fromEntries(members.map(([name, held]) => [name, orNull(held, (one) => number(one, `${at}.${name}`))]))
}

function doubles(value: unknown, at: string): Float64Array {
  return Float64Array.from(list(value, at), (held) => number(held, at))
}

function number(value: unknown, at: string): number {
  if (typeof value === 'number' || WORDS.includes(value)) return Number(value)
  throw corrupt(`${at} holds no number`)
}

function whole(value: unknown, at: string): number {
  const read = Object.is(value, '-0') ? Number.NaN : number(value, at)
  if (Number.isInteger(read) && Math.abs(read) < 2 ** 31) return read
  throw corrupt(`${at} holds no whole number`)
}

function list(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw corrupt(`${at} is no list`)
}

function record(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw corrupt(`${at} is no object`)
}

function orNull<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value)
}

function corrupt(what: string, cause?: unknown): HindcastError {
  const message = `unit of a walk: ${what}; compute it again`
  return new HindcastError('artifact_corrupt', message, cause === undefined ? {} : { cause })
}
