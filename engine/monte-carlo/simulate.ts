import { invariant } from '../../core/invariant.ts'
import { counterWords, type PathWords } from './counter-words.ts'
import { drawCircular, drawDays, drawPermutation, drawStationary } from './draw.ts'
import type { RandomWords } from './kernels.ts'
import { numpyWords, type ResumableWords, type WordsPosition } from './numpy-words.ts'
import { measureReturns, type PathMetric, type PathPool, poolOf, type ReturnFigures } from './path-metrics.ts'
import { byMetric, type MonteCarloRun, unitPaths } from './run.ts'

/** The paths of one unit. */
export interface PathBlock {
  readonly unit: number
  /** One value a path, by metric. */
  readonly columns: Readonly<Record<PathMetric, Float64Array>>
  /** Paths of returns less their mean whose Sharpe ratio reaches the observed one (engine.md 11.3.3). */
  readonly nullReaching: number
}

export interface PathProgress {
  /** Paths of the unit. */
  readonly done: number
  readonly total: number
}

/** What one thread keeps from unit to unit: scratch memory, and for numpy's generator where each segment starts. */
export interface Simulator {
  readonly run: MonteCarloRun
  readonly pool: PathPool
  /** ICs that are drawn apart from the returns; null where a day's two are drawn together. */
  readonly icPool: PathPool | null
  readonly figures: ReturnFigures
  readonly counter: PathWords | null
  readonly numpy: { readonly words: ResumableWords; readonly starts: WordsPosition[] } | null
}

/** Days drawn between two yields: about a millisecond. */
const DAYS_A_BATCH = 100_000
/** Words beyond those a path needs, so that passing some over seldom takes another chunk. */
const SPARE_WORDS = 16

/** Prepares a thread for units of a run. */
export function createSimulator(run: MonteCarloRun): Simulator {
  const { sample, settings } = run
  const chunk = wordsAPath(run) + SPARE_WORDS
  const numpy = settings.generator === 'numpy-pcg64' ? numpyWords(settings.seed, chunk) : null
  return {
    run,
    pool: poolOf(sample.returns, sample.icOfDay),
    icPool: run.paired ? null : poolOf(new Float64Array(0), sample.ics),
    figures: { sharpe: 0, nullSharpe: 0, maxDrawdown: 0, hitRate: 0 },
    counter: numpy === null ? counterWords(settings.seed, chunk) : null,
    numpy: numpy && { words: numpy, starts: [numpy.position()] },
  }
}

/**
 * The paths of one unit: pure in (run, unit), whatever the simulator did before. With numpy's generator, whose draws
 * are one sequence, it first walks to the unit's place; that is cheap when units come in order.
 */
export function* simulateUnit(simulator: Simulator, unit: number): Generator<PathProgress, PathBlock> {
  const { run } = simulator
  invariant(Number.isInteger(unit) && unit >= 0 && unit < run.units, `unit ${unit} is one of ${run.units}`)
  const { count } = unitPaths(run, unit)
  const columns = byMetric(() => new Float64Array(count))
  yield* goToSegment(simulator, unit)
  const nullReaching = yield* simulateReturns(simulator, unit, columns)
  if (!run.paired) {
    yield* goToSegment(simulator, run.units + unit)
    yield* simulateIcs(simulator, columns.mean_ic)
  }
  return { unit, columns, nullReaching }
}

function* simulateReturns(
  simulator: Simulator,
  unit: number,
  columns: PathBlock['columns'],
): Generator<PathProgress, number> {
  const { run, pool, numpy } = simulator
  const { count } = unitPaths(run, unit)
  const batch = batchPaths(pool.picks.length)
  let nullReaching = 0
  for (let from = 0; from < count; from += batch) {
    const to = Math.min(count, from + batch)
    nullReaching += measureBatch(simulator, { unit, columns }, from, to)
    if (to < count) yield { done: to, total: count }
  }
  numpy?.starts.push(...(numpy.starts.length === unit + 1 ? [numpy.words.position()] : []))
  return nullReaching
}

function measureBatch(simulator: Simulator, block: Omit<PathBlock, 'nullReaching'>, from: number, to: number): number {
  const { run } = simulator
  const { first } = unitPaths(run, block.unit)
  let nullReaching = 0
  for (let path = from; path < to; path++) {
    const figures = measurePath(simulator, first + path)
    block.columns.sharpe[path] = figures.sharpe
    block.columns.max_drawdown[path] = figures.maxDrawdown
    block.columns.hit_rate[path] = figures.hitRate
    if (run.paired) block.columns.mean_ic[path] = simulator.pool.meanIc()
    if (figures.nullSharpe >= run.observed.sharpe) nullReaching++
  }
  return nullReaching
}

function measurePath({ run, pool, counter, numpy, figures }: Simulator, path: number): ReturnFigures {
  counter?.open(path)
  drawPath(run, counter ?? numpy!.words, pool.picks)
  measureReturns(pool, figures)
  return figures
}

function* simulateIcs({ run, icPool, numpy }: Simulator, meanIcs: Float64Array): Generator<PathProgress, void> {
  const { picks, meanIc } = icPool!
  const batch = batchPaths(picks.length)
  const count = meanIcs.length
  for (let from = 0; from < count; from += batch) {
    const to = Math.min(count, from + batch)
    for (let path = from; path < to; path++) {
      drawPath(run, numpy!.words, picks)
      meanIcs[path] = meanIc()
    }
    if (to < count) yield { done: to, total: count }
  }
}

/** Puts numpy's words at the start of a segment: the returns of each unit, then the ICs of each unit. */
function* goToSegment({ run, pool, icPool, numpy }: Simulator, segment: number): Generator<PathProgress, void> {
  if (numpy === null) return
  const { words, starts } = numpy
  while (starts.length <= segment) {
    const last = starts.length - 1
    const { count } = unitPaths(run, last % run.units)
    const into = (last < run.units ? pool : icPool!).picks
    const batch = batchPaths(into.length)
    words.goTo(starts[last]!)
    for (let path = 0; path < count; path++) {
      drawPath(run, words, into)
      if ((path + 1) % batch === 0) yield { done: 0, total: count }
    }
    starts.push(words.position())
  }
  words.goTo(starts[segment]!)
}

/** Words that a path takes if none is passed over; a shuffle passes over three of ten on average. */
function wordsAPath({ settings, sample, block }: MonteCarloRun): number {
  const days = sample.returns.length
  if (settings.method === 'shuffle') return Math.ceil(1.4 * days)
  if (settings.method === 'stationary') return 2 * days
  return settings.method === 'circular' ? Math.ceil(days / block!.days) : days
}

/** Draws the days of one path from where the words stand. */
export function drawPath({ settings, block }: MonteCarloRun, words: RandomWords, picks: Int32Array): void {
  if (settings.method === 'bootstrap') drawDays(words, picks, picks.length)
  else if (settings.method === 'shuffle') drawPermutation(words, picks)
  else if (settings.method === 'stationary') drawStationary(words, picks, block!.days)
  else drawCircular(words, picks, block!.days)
}

function batchPaths(days: number): number {
  return Math.max(1, Math.floor(DAYS_A_BATCH / Math.max(1, days)))
}
