import { HindcastError } from '../../core/errors.ts'
import type { MonteCarlo } from '../../core/request.ts'
import { blockLength as politisWhite, usableLength } from '../statistics/resampling/block-length.ts'
import { measureReturns, PATH_METRICS, type PathMetric, type PathPool, poolOf } from './path-metrics.ts'
import { type ResampleSource, type Sample, sampleOf } from './sample.ts'

/** Paths of one unit of work. */
export const UNIT_PATHS = 1000
const METHODS: readonly MonteCarlo['method'][] = ['bootstrap', 'shuffle', 'stationary', 'circular']
const GENERATORS: readonly MonteCarlo['generator'][] = ['counter', 'numpy-pcg64']
/** A word of 32 bits times this many days is still exact in a double. */
const MAX_DAYS = 2 ** 21

/** A MonteCarlo's own settings, its seed chosen. */
export type MonteCarloSettings = Omit<MonteCarlo, 'source' | 'seed'> & {
  /** Whole, 0 to 2^53 - 1. */
  readonly seed: number
}

/** All that the paths depend on: plain data that any thread may be given. */
export interface MonteCarloRun {
  readonly settings: MonteCarloSettings
  readonly sample: Sample
  readonly observed: Readonly<Record<PathMetric, number>>
  /** Mean (stationary) or whole (circular) length of the blocks in days; null for methods without blocks. */
  readonly block: BlockLength | null
  /** Whether a day's return and IC are drawn together; not so where numpy's order of draws is kept. */
  readonly paired: boolean
  /** Blocks of 1,000 paths, the last may be shorter. */
  readonly units: number
}

export interface BlockLength {
  readonly days: number
  readonly from: 'settings' | 'politis-white'
  /** What the rule gave before it was made usable; NaN where it has no answer. */
  readonly rule: number | null
}

/**
 * Checks the settings, fixes the sample and the length of blocks, and measures the observed path.
 * Throws `montecarlo_invalid`, or `insufficient_data` where no return is left.
 */
export function planMonteCarlo(settings: MonteCarloSettings, source: ResampleSource): MonteCarloRun {
  checkSettings(settings)
  const sample = sampleOf(source)
  const days = sample.returns.length
  if (days === 0 || days > MAX_DAYS) {
    const what = days === 0 ? 'no return that is a number' : `${days} returns, more than ${MAX_DAYS}`
    throw new HindcastError('insufficient_data', `The ${settings.basis} returns of the source hold ${what}.`)
  }
  const blocks = settings.method === 'stationary' || settings.method === 'circular'
  return {
    settings,
    sample,
    observed: observe(sample),
    block: blocks ? blockLength(settings, sample.returns) : null,
    paired: blocks || settings.generator === 'counter',
    units: Math.ceil(settings.simulations / UNIT_PATHS),
  }
}

/** First path and number of paths of a unit. */
export function unitPaths(run: MonteCarloRun, unit: number): { readonly first: number; readonly count: number } {
  const first = unit * UNIT_PATHS
  return { first, count: Math.min(UNIT_PATHS, run.settings.simulations - first) }
}

function observe(sample: Sample): Record<PathMetric, number> {
  const pool = inOrder(poolOf(sample.returns, new Float64Array(0)))
  const figures = { sharpe: 0, nullSharpe: 0, maxDrawdown: 0, hitRate: 0 }
  measureReturns(pool, figures)
  const { sharpe, maxDrawdown, hitRate } = figures
  const ic = inOrder(poolOf(new Float64Array(0), sample.ics)).meanIc()
  return { sharpe, max_drawdown: maxDrawdown, mean_ic: ic, hit_rate: hitRate }
}

function inOrder(pool: PathPool): PathPool {
  pool.picks.set(Int32Array.from(pool.picks.keys()))
  return pool
}

function blockLength({ method, blockLength }: MonteCarloSettings, returns: Float64Array): BlockLength {
  if (blockLength !== null) return { days: blockLength, from: 'settings', rule: null }
  const lengths = politisWhite(returns)
  const rule = method === 'stationary' ? lengths.stationary : lengths.circular
  const days = usableLength(method === 'circular' ? Math.round(rule) : rule)
  return { days, from: 'politis-white', rule }
}

function checkSettings(settings: MonteCarloSettings): void {
  const { simulations, method, blockLength, seed, confidenceLevels, generator } = settings
  const faults = [
    !(Number.isInteger(simulations) && simulations >= 1) && `simulations ${simulations} is not a whole number from 1`,
    !METHODS.includes(method) && `method ${method} is none of ${METHODS.join(', ')}`,
    !GENERATORS.includes(generator) && `generator ${generator} is none of ${GENERATORS.join(', ')}`,
    !(Number.isSafeInteger(seed) && seed >= 0) && `seed ${seed} is not a whole number from 0 to 2^53 - 1`,
    !(blockLength === null || (Number.isInteger(blockLength) && blockLength >= 1)) &&
      `blockLength ${blockLength} is not a whole number from 1`,
    !confidenceLevels.every((level) => level >= 0 && level <= 1) &&
      `confidenceLevels ${confidenceLevels.join(', ')} are not all from 0 to 1`,
  ].filter((fault) => fault !== false)
  if (faults.length > 0) throw new HindcastError('montecarlo_invalid', `${faults.join('; ')}.`)
}

/** Every metric from a function of its name. */
export function byMetric<T>(of: (metric: PathMetric) => T): Record<PathMetric, T> {
  return Object.fromEntries(PATH_METRICS.map((metric) => [metric, of(metric)])) as Record<PathMetric, T>
}
