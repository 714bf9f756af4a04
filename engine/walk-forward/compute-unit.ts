import type { AlphaParameters } from '../../core/request.ts'
import { compute } from '../compute.ts'
import type { Panel } from '../panel.ts'
import type { BacktestResult, Series, Warning } from '../result.ts'
import { type RowSpan, spanBacktest, type Walk } from './plan-walk.ts'
import { type DailyScores, dailySeries, scoreOver } from './scores/daily-scores.ts'
import { labelRows } from './scores/label-ranks.ts'
import { type Scoring, scoreRows, scoringSteps } from './scores/score-rows.ts'
import { bestTry } from './search/search-space.ts'
import { trainMetrics } from './train-run.ts'
import { scoresFor, type WalkMemory } from './walk-memory.ts'
import { type SearchEvidence, type Trials, weighSearch } from './weigh-search.ts'
import type { Window } from './windows.ts'

/** Where a unit stands. */
export interface WalkProgress {
  readonly unit: number
  readonly done: number
  readonly total: number
  /** Day number. */
  readonly date: number
  readonly step: 'search' | 'train' | 'test'
}

/** Scalars of a run by their names in `BacktestResult.metrics`. */
export type Metrics = BacktestResult['metrics']

/** What a walk keeps of the run on a test span. */
export interface TestRun {
  readonly metrics: Metrics
  readonly dailyIc: BacktestResult['dailyIc']
  readonly portfolioReturns: Series
  readonly net: NetSeries | null
  /** Keys of platform.md 3.1 `cost_summary`; null without a cost model. */
  readonly costSummary: Metrics | null
  readonly warnings: readonly Warning[]
}

type NetSeries = NonNullable<BacktestResult['costs']>['net']

/** One window, computed: plain data that stands on its own; `writeUnit` gives its bytes. */
export interface UnitResult {
  /** The window's id. */
  readonly unit: number
  readonly window: Window
  /** The metric of every try on the train span, in the order of the tries; NaN where it has none. */
  readonly scores: Float64Array
  /** The same on the test span. Nothing is chosen by them: they say what another choice would have brought. */
  readonly testScores: Float64Array
  /** The winning try. Its score is NaN where no try had one: then nothing was chosen, and there is no run of it. */
  readonly best: number
  readonly bestParameters: AlphaParameters
  readonly bestScore: number
  /** What the trials of the train span say about the choice; null where nothing was chosen. */
  readonly evidence: SearchEvidence | null
  /** The winner on its train span: the three search metrics, and the risk of its book before costs. */
  readonly train: Metrics | null
  readonly test: TestRun | null
}

/** A unit to be computed, and what it is computed from. */
export interface UnitTask {
  readonly walk: Walk
  readonly panel: Panel
  readonly memory: WalkMemory
  readonly unit: number
}

/**
 * One window: every try is scored on the train span by the search's metric alone, the winner runs on it in full, and
 * then on the test span with all that the Backtest asks for. It depends on the walk and the panel only: the memory
 * saves time, and units may be computed in any order, anywhere, again.
 */
export function* computeUnit(task: UnitTask): Generator<WalkProgress, UnitResult> {
  const { walk, panel, unit } = task
  const window = walk.windows[unit]!
  const { train, test } = window
  const scores = task.memory.scores ?? scoresFor(walk, spanned(train, test))
  const scoring = scoringOf(task, scores)
  const searching = scoringSteps(scoring, train) + scoringSteps(scoring, test)
  const total = searching + train.count + test.count + SUMMARY_STEPS
  const report = reporter(unit, total)
  for (const span of [train, test]) {
    for (const date of scoreRows(scoring, span)) yield report(date, 'search')
  }
  const trained = scoresOfTries(walk, scores, train)
  const tested = scoresOfTries(walk, scores, test)
  const best = bestTry(trained)
  const parameters = walk.space.combinations[walk.space.tries[best]!]!
  const { id, trainStart, trainEnd, testStart, testEnd } = window
  const found = {
    unit,
    window: { id, trainStart, trainEnd, testStart, testEnd },
    scores: trained,
    testScores: tested,
    best,
    bestParameters: parameters,
    bestScore: trained[best]!,
  }
  if (Number.isNaN(found.bestScore)) return { ...found, evidence: null, train: null, test: null }
  const evidence = weighSearch(trialsOf(walk, scores, { train, chosen: walk.space.tries[best]! }))
  const run = (span: 'train' | 'test') => spanBacktest(walk.walkForward, window, { span, parameters })
  const inSample = trainMetrics({ backtest: run('train'), panel, labels: scoring.labels, rows: train })
  const trainRun = yield* reported(inSample, (date) => report(date, 'train'))
  const outOfSample = yield* reported(compute(run('test'), panel), ({ date }) => report(date, 'test'))
  return { ...found, evidence, train: trainRun, test: testRun(outOfSample) }
}

/**
 * Fills in a memory for the rows [from, to) of a walk, counted from its first: what units would do one after another,
 * cut by dates so that threads can share it. Yields the day number after each step. Where the
 * search is too large to be kept, only the labels are. Units computed afterwards write nothing to the memory.
 */
export function* prepareRows(
  { walk, panel, memory }: Omit<UnitTask, 'unit'>,
  from: number,
  to: number,
): Generator<number, void> {
  const span = { first: walk.rows.first + from, count: to - from }
  if (memory.scores === null) yield* labelRows(panel, memory.labels, span)
  else yield* scoreRows(scoringOf({ walk, panel, memory }, memory.scores), span)
}

function scoringOf({ walk, panel, memory }: Omit<UnitTask, 'unit'>, scores: DailyScores): Scoring {
  const { alpha } = walk.walkForward.backtest
  return { panel, alpha, combinations: walk.space.combinations, labels: memory.labels, scores }
}

/** Runs `computeUnit` to its end. */
export function computeUnitAll(task: UnitTask): UnitResult {
  const steps = computeUnit(task)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Yields of `summarise` (engine/summarise.ts). */
const SUMMARY_STEPS = 5

function reporter(unit: number, total: number) {
  let done = 0
  return (date: number, step: WalkProgress['step']): WalkProgress => ({ unit, done: ++done, total, date, step })
}

/** Runs steps to their end, each one reported. */
function* reported<S, R>(steps: Generator<S, R>, report: (step: S) => WalkProgress): Generator<WalkProgress, R> {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    yield report(step.value)
  }
}

/** The daily scores of the combinations that have a score: the others could not be chosen. */
function trialsOf({ space }: Walk, scores: DailyScores, { train, chosen }: { train: RowSpan; chosen: number }): Trials {
  const combinations = Array.from(space.combinations.keys())
  const able = combinations.filter((c) => !Number.isNaN(scoreOver(scores, c, train)))
  const series = able.map((c) => dailySeries(scores, c, train))
  return { series, chosen: able.indexOf(chosen), tried: combinations.length }
}

function spanned(train: RowSpan, test: RowSpan): RowSpan {
  return { first: train.first, count: test.first + test.count - train.first }
}

function scoresOfTries({ space }: Walk, scores: DailyScores, span: RowSpan): Float64Array {
  const each = space.combinations.map((_, c) => scoreOver(scores, c, span))
  return Float64Array.from(space.tries, (combination) => each[combination]!)
}

function testRun({ metrics, dailyIc, portfolioReturns, costs, warnings }: BacktestResult): TestRun {
  const net = costs?.net ?? null
  return { metrics, dailyIc, portfolioReturns, net, costSummary: costs?.summary ?? null, warnings }
}
