import type { Backtest } from '../core/request.ts'
import { type SignalSource, signalSource } from './alphas/signal-source.ts'
import type { Daily } from './daily.ts'
import { createForwardTile } from './kernels/forward-returns.ts'
import { DATE_LANES } from './kernels/products.ts'
import { AUTOCORRELATION_LAGS, signalRankCorrelation } from './metrics/autocorrelation.ts'
import { countHits } from './metrics/hit-rate.ts'
import { createPairs, joinPairs, MIN_PAIRS, type Pairs, pearsonOfPairs, rankIcOfPairs } from './metrics/rank-ic.ts'
import { spreadOfPairs } from './metrics/spread.ts'
import type { Panel } from './panel.ts'
import { bookReturn } from './portfolio/returns.ts'
import { DEFAULT_WEIGHTS, weightSignal } from './portfolio/weights.ts'
import type { RunDays } from './run-days.ts'
import { createSignal, type Signal } from './signal.ts'

/** Dates whose forward returns are computed together: more share more of their gathering, but leave the cache. */
const TILE_DATES = 64
/** Bytes of forward returns held at once, at most, unless eight dates need more. */
const TILE_BYTES = 32 * 2 ** 20
/** Signals kept for the autocorrelation: the largest lag, and today's. */
const MEMORY = Math.max(...AUTOCORRELATION_LAGS) + 1

/** One run: what is asked, the data, the days, and where the daily numbers go. */
export interface Run {
  readonly backtest: Backtest
  readonly panel: Panel
  readonly days: RunDays
  readonly daily: Daily
}

/** Where a computation stands; yielded often enough to be stopped or reported at will. */
export interface Progress {
  readonly done: number
  readonly total: number
  /** Day number. */
  readonly date: number
  readonly step: 'dates' | 'summary'
}

/**
 * Computes the days [from, to) of a run, counted from its first, and yields after each. Every row depends on the panel
 * alone, never on another row of `daily`, so any split over threads gives the same bytes.
 */
export function* computeDates(run: Run, from: number, to: number): Generator<Progress, void> {
  const { panel, days } = run
  const walker = createWalker(run, to)
  for (let k = Math.max(0, from - MEMORY + 1); k < from; k++) walker.remember(k)
  const step = tileDates(panel.permnos.length, days.horizons.length + 1)
  for (let tile = from; tile < to; tile += step) {
    const end = Math.min(to, tile + step)
    walker.openTile(tile, end - tile)
    for (let k = tile; k < end; k++) {
      walker.walk(k)
      yield { done: k + 1 - from, total: to - from, date: panel.dates[days.first + k]!, step: 'dates' }
    }
  }
}

/** Dates of a forward tile; the numbers do not depend on it. */
function tileDates(names: number, horizons: number): number {
  return Math.max(DATE_LANES, Math.min(TILE_DATES, Math.floor(TILE_BYTES / (8 * names * horizons))))
}

interface Walker {
  /** Computes the signal of a day before the range, for the autocorrelation. */
  remember(k: number): void
  openTile(from: number, count: number): void
  walk(k: number): void
}

function createWalker(run: Run, to: number): Walker {
  const { backtest, panel, days, daily } = run
  const names = panel.permnos.length
  const source = signalSource(backtest.alpha, panel, days.first + to - 1)
  const memory = Array.from({ length: MEMORY }, () => createSignal(names))
  const ranks = new Float64Array(names)
  const labels = createLabels(run)
  const signalOn = (k: number): Signal => {
    const signal = memory[k % MEMORY]!
    source.at(days.first + k, signal)
    return signal
  }
  return {
    remember: signalOn,
    openTile: labels.openTile,
    walk(k) {
      const signal = signalOn(k)
      writeSignal(run, k, { signal, source })
      const weights = {
        values: daily.weights.subarray(k * names, (k + 1) * names),
        state: daily.weightState.subarray(k * names, (k + 1) * names),
      }
      weightSignal(signal, { ...DEFAULT_WEIGHTS, method: backtest.weightMethod }, weights)
      writeBook(daily, k, weights.values)
      labels.meet(k, signal)
      const earned = bookReturn(weights, labels.nextDay(k))
      daily.hasReturn[k] = earned.earned === null ? 0 : 1
      daily.portfolioReturn[k] = earned.earned ?? Number.NaN
      daily.missingWeight[k] = earned.missingWeight
      AUTOCORRELATION_LAGS.forEach((lag, at) => {
        const before = k < lag ? null : memory[(k - lag) % MEMORY]!
        daily.autocorrelation[at * days.count + k] =
          before === null ? Number.NaN : signalRankCorrelation(signal, before, ranks)
      })
    },
  }
}

function writeSignal({ panel, days, daily }: Run, k: number, from: { signal: Signal; source: SignalSource }): void {
  const names = panel.permnos.length
  const { signal, source } = from
  daily.signals.set(signal.values, k * names)
  daily.signalState.set(signal.state, k * names)
  daily.signalRows[k] = signal.rows
  daily.signalCount[k] = signal.count
  const { values, order, count } = signal
  daily.lowestSignal[k] = count === 0 ? Number.NaN : values[order[0]!]!
  daily.highestSignal[k] = count === 0 ? Number.NaN : values[order[count - 1]!]!
  const row = (days.first + k) * names
  let priced = 0
  for (let cell = row; cell < row + names; cell++) if (panel.present[cell] !== 0) priced++
  daily.priceRows[k] = priced
  for (let p = 0; p < days.parts; p++) daily.blendWeights[k * days.parts + p] = source.partWeights?.[p] ?? Number.NaN
}

/** Names held long and short, gross and net exposure; zeros where there is no book. */
function writeBook(daily: Daily, k: number, weights: Float64Array): void {
  let long = 0
  let short = 0
  let gross = 0
  let net = 0
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!
    if (weight > 0) long++
    if (weight < 0) short++
    gross += Math.abs(weight)
    net += weight
  }
  daily.long[k] = long
  daily.short[k] = short
  daily.gross[k] = gross
  daily.net[k] = net
}

/** Everything that compares signals with what came after. */
function createLabels({ panel, days, daily }: Run) {
  const names = panel.permnos.length
  // The next day's return is always needed, whatever the decay curve asks for.
  const horizons = Int32Array.from(new Set([1, ...days.horizons])).sort()
  const tile = createForwardTile(panel, horizons, tileDates(names, days.horizons.length + 1))
  const pairs = createPairs(names)
  let tileFrom = 0
  const returnsAt = (h: number, k: number) => {
    const date = (k - tileFrom) * names
    const at = h * tile.capacity * names + date
    return {
      values: tile.values.subarray(at, at + names),
      clear: tile.clear.subarray(date, date + names),
      horizon: horizons[h]!,
    }
  }
  return {
    nextDay: (k: number) => returnsAt(0, k),
    openTile(from: number, count: number) {
      tileFrom = from
      tile.fill(days.first + from, count)
    },
    meet(k: number, signal: Signal) {
      for (let h = 0; h < horizons.length; h++) {
        joinPairs(signal, returnsAt(h, k), pairs)
        const enough = pairs.count >= MIN_PAIRS
        const ic = enough ? pearsonOfPairs(pairs) : Number.NaN
        const rankIc = enough ? rankIcOfPairs(pairs) : Number.NaN
        if (h === 0) meetNextDay(daily, k, { pairs, ic, rankIc })
        const at = days.horizons.indexOf(horizons[h]!)
        if (at < 0) continue
        daily.decayIc[at * days.count + k] = ic
        daily.decayRankIc[at * days.count + k] = rankIc
      }
    },
  }
}

interface NextDay {
  readonly pairs: Pairs
  readonly ic: number
  readonly rankIc: number
}

function meetNextDay(daily: Daily, k: number, { pairs, ic, rankIc }: NextDay): void {
  daily.ic[k] = ic
  daily.rankIc[k] = rankIc
  const hits = countHits(pairs)
  daily.pairs[k] = hits.pairs
  daily.signedPairs[k] = hits.signed
  daily.hits[k] = hits.hits
  const spread = spreadOfPairs(pairs)
  daily.hasSpread[k] = spread === null ? 0 : 1
  daily.spread[k] = spread ?? Number.NaN
}
