import { AUTOCORRELATION_LAGS } from './metrics/autocorrelation.ts'
import type { Panel } from './panel.ts'
import type { RunDays } from './run-days.ts'

/**
 * What every date of a run computes on its own, dense by processed day k: each thread fills the rows of its days and
 * reads no other. Arrays may lie on SharedArrayBuffers. A NaN means "not there" unless it says otherwise.
 */
export interface Daily {
  /** [days × names], with the CELL of each. */
  readonly signals: Float64Array
  readonly signalState: Uint8Array
  readonly weights: Float64Array
  readonly weightState: Uint8Array
  /** Rows of the signal, nulls included. [days] */
  readonly signalRows: Int32Array
  /** Names with a signal. [days] */
  readonly signalCount: Int32Array
  /** Smallest and largest signal. [days] */
  readonly lowestSignal: Float64Array
  readonly highestSignal: Float64Array
  /** Names held long and short, gross and net exposure. [days] */
  readonly long: Int32Array
  readonly short: Int32Array
  readonly gross: Float64Array
  readonly net: Float64Array
  /** Names with a price row. [days] */
  readonly priceRows: Int32Array
  /** Pearson and rank IC against the next day's return; NaN below 30 pairs. [days] */
  readonly ic: Float64Array
  readonly rankIc: Float64Array
  /** Pairs, signed pairs and hits of metrics/hit-rate.ts. [days] */
  readonly pairs: Int32Array
  readonly signedPairs: Int32Array
  readonly hits: Int32Array
  /** 1 where the day has a spread, which may be NaN. [days] */
  readonly hasSpread: Uint8Array
  readonly spread: Float64Array
  /** 1 where a weight met a return; the return may be NaN. [days] */
  readonly hasReturn: Uint8Array
  readonly portfolioReturn: Float64Array
  /** Share of gross weight without a return. [days] */
  readonly missingWeight: Float64Array
  /** [horizons × days] */
  readonly decayIc: Float64Array
  readonly decayRankIc: Float64Array
  /** Rank correlation with the signal 1, 5 and 20 run days before. [lags × days] */
  readonly autocorrelation: Float64Array
  /** Weights of the parts of a blend, NaN where the day has none. [days × parts] */
  readonly blendWeights: Float64Array
}

/** Room for the daily output; `allocate` gives zeroed bytes, such as a SharedArrayBuffer for several threads. */
export function allocateDaily(
  days: RunDays,
  panel: Pick<Panel, 'permnos'>,
  allocate: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes),
): Daily {
  const k = days.count
  const cells = k * panel.permnos.length
  const doubles = (n: number) => new Float64Array(allocate(8 * n))
  const wholes = (n: number) => new Int32Array(allocate(4 * n))
  const flags = (n: number) => new Uint8Array(allocate(n))
  return {
    signals: doubles(cells),
    signalState: flags(cells),
    weights: doubles(cells),
    weightState: flags(cells),
    signalRows: wholes(k),
    signalCount: wholes(k),
    lowestSignal: doubles(k),
    highestSignal: doubles(k),
    long: wholes(k),
    short: wholes(k),
    gross: doubles(k),
    net: doubles(k),
    priceRows: wholes(k),
    ic: doubles(k),
    rankIc: doubles(k),
    pairs: wholes(k),
    signedPairs: wholes(k),
    hits: wholes(k),
    hasSpread: flags(k),
    spread: doubles(k),
    hasReturn: flags(k),
    portfolioReturn: doubles(k),
    missingWeight: doubles(k),
    decayIc: doubles(k * days.horizons.length),
    decayRankIc: doubles(k * days.horizons.length),
    autocorrelation: doubles(k * AUTOCORRELATION_LAGS.length),
    blendWeights: doubles(k * days.parts),
  }
}
