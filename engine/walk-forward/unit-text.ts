import { HindcastError } from '../../core/errors.ts'
import type { TestRun, UnitResult } from './compute-unit.ts'

/** Raised when the text changes its shape: a unit of another version is computed again. */
const VERSION = 1
/** Numbers that JSON has no word for. */
const WORDS = ['NaN', 'Infinity', '-Infinity', '-0'] as const

/** A unit as one line of JSON: equal units give equal text, and `readUnit` gives back every bit. */
export function writeUnit(unit: UnitResult): string {
  return JSON.stringify({ version: VERSION, ...unit }, (_, value) => {
    if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>)
    if (typeof value !== 'number') return value
    if (Object.is(value, -0)) return '-0'
    return Number.isFinite(value) ? value : String(value)
  })
}

/** The unit of a text of `writeUnit`. Throws `artifact_corrupt` when it is not one of this version. */
export function readUnit(text: string): UnitResult {
  let held: Written
  try {
    held = JSON.parse(text)
  } catch (cause) {
    throw new HindcastError('artifact_corrupt', 'unit of a walk: the stored text is no JSON; compute it again', {
      cause,
    })
  }
  if (held?.version !== VERSION) {
    throw new HindcastError('artifact_corrupt', `unit of a walk: version ${held?.version}, allowed: ${VERSION}`)
  }
  const { version: _, ...unit } = held
  return {
    ...unit,
    scores: doubles(held.scores),
    testScores: doubles(held.testScores),
    bestScore: numberOf(held.bestScore),
    train: held.train && metricsOf(held.train),
    test: held.test && testOf(held.test),
  }
}

type WrittenNumber = number | (typeof WORDS)[number]
type WrittenMetrics = Readonly<Record<string, WrittenNumber | null>>
type WrittenColumns<K extends string> = Readonly<Record<K | 'dates', readonly WrittenNumber[]>>

interface Written extends Omit<UnitResult, 'scores' | 'testScores' | 'bestScore' | 'train' | 'test'> {
  readonly version: number
  readonly scores: readonly WrittenNumber[]
  readonly testScores: readonly WrittenNumber[]
  readonly bestScore: WrittenNumber
  readonly train: WrittenMetrics | null
  readonly test: WrittenTest | null
}

interface WrittenTest extends Pick<TestRun, 'warnings'> {
  readonly metrics: WrittenMetrics
  readonly dailyIc: WrittenColumns<'ic' | 'rankIc'>
  readonly portfolioReturns: WrittenColumns<'values'>
  readonly net: WrittenColumns<'gross' | 'drag' | 'net'> | null
  readonly costSummary: WrittenMetrics | null
}

function testOf({ metrics, dailyIc, portfolioReturns, net, costSummary, warnings }: WrittenTest): TestRun {
  return {
    metrics: metricsOf(metrics),
    dailyIc: { dates: days(dailyIc.dates), ic: doubles(dailyIc.ic), rankIc: doubles(dailyIc.rankIc) },
    portfolioReturns: { dates: days(portfolioReturns.dates), values: doubles(portfolioReturns.values) },
    net: net && {
      dates: days(net.dates),
      gross: doubles(net.gross),
      drag: doubles(net.drag),
      net: doubles(net.net),
    },
    costSummary: costSummary && metricsOf(costSummary),
    warnings,
  }
}

function metricsOf(written: WrittenMetrics): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => [name, value === null ? null : numberOf(value)]),
  )
}

function doubles(written: readonly WrittenNumber[]): Float64Array {
  return Float64Array.from(written, numberOf)
}

function days(written: readonly WrittenNumber[]): Int32Array {
  return Int32Array.from(written, numberOf)
}

function numberOf(written: WrittenNumber): number {
  return Number(written)
}
