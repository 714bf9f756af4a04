import { readFileSync } from 'node:fs'
import { impactRate } from '../../engine/costs/trades.ts'
import { signalWeights } from '../../engine/index.ts'
import { neweyWestLag } from '../../engine/metrics/newey-west.ts'
import { riskMetrics } from '../../engine/metrics/risk.ts'
import * as s from '../../engine/statistics/index.ts'
import { mean, sampleSd } from '../../engine/stats.ts'
import type { GoldenJson } from './load.ts'

/** One of the published checks: named inputs, parameters, and the values expected. */
export interface Check {
  readonly id: string
  readonly what: string
  readonly inputs: GoldenJson
  readonly params: GoldenJson
  readonly expected: GoldenJson
  readonly tolerance: number
  readonly source: string
}

const { data, checks } = JSON.parse(readFileSync(new URL('statistics-checks.json', import.meta.url), 'utf8')) as {
  readonly data: GoldenJson
  readonly checks: readonly Check[]
}

export const CHECKS = checks

/** A series of the checks by name, or one given in full. */
export function series(value: GoldenJson): Float64Array {
  return Float64Array.from(typeof value === 'string' ? data[value] : value)
}

const table = (value: GoldenJson): GoldenJson => (typeof value === 'string' ? data[value] : value)
const columns = (value: GoldenJson): Float64Array[] => {
  const rows: number[][] = table(value)
  return rows[0]!.map((_, k) => Float64Array.from(rows, (row) => row[k]!))
}
const year = (perPeriod: number, perYear = 252) => perPeriod * Math.sqrt(perYear)

/** A Sharpe ratio of so many normal returns, unless told otherwise. */
export function sample(sharpe: number, observations: number, skewness = 0, kurtosis = 3): s.SharpeSample {
  return { sharpe, observations, skewness, kurtosis }
}

/** Computes what a check expects, under the names it uses. */
export type Computation = (inputs: GoldenJson, params: GoldenJson) => unknown

const RETURNS: Readonly<Record<string, Computation>> = {
  'perf.total_return': ({ r }) => ({ value: riskMetrics(dated(series(r))).metrics.cumulative_return }),
  'perf.cagr': ({ r }, { periodsPerYear }) => ({ value: s.annualGrowth(series(r), periodsPerYear) }),
  'perf.vol': ({ r }, { periodsPerYear }) => ({ value: s.annualVolatility(series(r), periodsPerYear) }),
  'perf.sharpe': ({ r }) => ({
    perPeriod: s.sharpePerPeriod(series(r)),
    annualised: year(s.sharpePerPeriod(series(r))),
  }),
  'perf.sharpe_rf': ({ r }, { rfAnnual }) => ({
    rfPerPeriod: s.ratePerPeriod(rfAnnual),
    annualised: year(s.sharpePerPeriod(series(r), s.ratePerPeriod(rfAnnual))),
  }),
  'perf.sortino': ({ r }, { mar }) => ({
    downsideDevPerPeriod: s.downsideDeviation(series(r), mar),
    perPeriod: s.sortinoPerPeriod(series(r), mar),
    annualised: year(s.sortinoPerPeriod(series(r), mar)),
  }),
  'perf.max_drawdown': ({ r }) => {
    const { depth, peak, trough, recovery } = s.deepestFall(series(r))
    const lengths = { drawdownLength: trough - peak, recoveryLength: recovery! - trough }
    return { value: depth, peakIndex: peak, troughIndex: trough, recoveryIndex: recovery, ...lengths }
  },
  'perf.max_drawdown_first_loss': ({ r }) => ({ value: s.deepestFall(series(r)).depth }),
  'perf.calmar': ({ r }, { periodsPerYear }) => ({ value: s.calmarRatio(series(r), periodsPerYear) }),
  'perf.ulcer': ({ r }) => {
    const { ulcer, pain } = s.underWater(series(r))
    return { value: ulcer, martin: s.martinRatio(series(r)), painIndex: pain }
  },
  'perf.time_under_water': ({ r }) => {
    const { share, longest } = s.underWater(series(r))
    return { share, longestRun: longest }
  },
  'perf.moments': ({ r }) => {
    const { skewness, kurtosis, sampleSkewness, sampleExcessKurtosis } = s.moments(series(r))
    return {
      skewPop: skewness,
      kurtRawPop: kurtosis,
      skewSample: sampleSkewness,
      kurtExcessSample: sampleExcessKurtosis,
    }
  },
  'perf.var_cvar': ({ r }, { alpha }) => {
    const { varHistorical, cvarHistorical, cvarFractional, ...rest } = s.tailLoss(series(r), alpha)
    return { varHist: varHistorical, cvarHist: cvarHistorical, esFractional: cvarFractional, ...rest }
  },
  'perf.omega_gain_tail': ({ r }) => ({
    omega: s.omegaRatio(series(r)),
    gainToPain: s.gainToPain(series(r)),
    tailRatio: s.tailRatio(series(r)),
    hitRate: s.shareOfGains(series(r)),
  }),
  'perf.alpha_beta': ({ r, bench }, { lags }) => {
    const fit = s.fitBenchmark(series(r), series(bench), lags)
    return {
      alphaPerPeriod: fit.alpha,
      beta: fit.beta,
      r2: fit.r2,
      alphaAnnArithmetic: fit.alphaArithmetic,
      alphaAnnGeometric: fit.alphaGeometric,
      tAlphaOLS: fit.tAlpha,
      tBetaOLS: fit.tBeta,
      tAlphaHAC3: fit.tAlphaHac,
      tBetaHAC3: fit.tBetaHac,
      trackingErrorAnn: s.trackingError(series(r), series(bench)),
      informationRatioAnn: s.informationRatio(series(r), series(bench)),
    }
  },
  'perf.capture': ({ r, bench }) => s.captureRatios(series(r), series(bench)),
  'perf.lo_sharpe': ({ r }, { q }) => {
    const { autocorrelations, factor, sharpe } = s.loScaledSharpe(series(r), q)
    const naive = s.sharpePerPeriod(series(r)) * Math.sqrt(q)
    return { rho1to4: autocorrelations, eta: factor, srQ: sharpe, naive }
  },
}

const SIGNAL: Readonly<Record<string, Computation>> = {
  'hac.auto_lag': (_, { n }) => ({
    lags: n.map((length: number) => neweyWestLag(length, 1)),
    lagsForH21: n.map((length: number) => s.hacLag(length, 21)),
  }),
  'hac.nw94_bandwidth': ({ x }) => {
    const bandwidth = s.plugInBandwidth(series(x))
    return { bandwidth, lag: Math.floor(bandwidth) }
  },
  'ic.cross_section': ({ factor, fwd }) => {
    const { rankIc, pearsonIc, pairs, coverage } = s.icSeries(table(factor), table(fwd))
    return {
      rankIC: rankIc,
      pearsonIC: pearsonIc,
      nPairs: pairs,
      mean: mean(rankIc),
      std: sampleSd(rankIc),
      icir: s.icRatio(rankIc),
      icirAnn252: year(s.icRatio(rankIc)),
      tNaive: s.plainT(rankIc),
      hitRate: s.shareOfGains(rankIc),
      coverage,
    }
  },
  'ic.icir_monthly': ({ x }, { periodsPerYear }) => {
    const { skewness, kurtosis } = s.moments(series(x))
    return {
      icir: s.icRatio(series(x)),
      icirAnn: year(s.icRatio(series(x)), periodsPerYear),
      tNaive: s.plainT(series(x)),
      hit: s.shareOfGains(series(x)),
      skew: skewness,
      kurtRaw: kurtosis,
    }
  },
  'factor.rank_autocorr': ({ factor }, { lag }) => {
    const correlations = s.rankAutocorrelation(table(factor), lag)
    const average = mean(correlations)!
    return { series: correlations, mean: average, halfLifePeriods: s.halfLifeOf(average) }
  },
  'quantile.assign': ({ factor }, { q }) => ({ buckets: bucketsOf(factor, q) }),
  'quantile.returns': ({ factor, fwd }, { q }) => {
    const { daily, means, spread, spreadMean, spreadT, monotonicity } = s.bucketReturns(
      bucketsOf(factor, q),
      table(fwd),
      q,
    )
    const perDate = Array.from({ length: spread.length }, (_, t) => daily.subarray(t * q, (t + 1) * q))
    return { perDate, mean: means, spread, spreadMean, spreadT, monotonicity }
  },
  'quantile.turnover': ({ factor }, { q }) => {
    const bottom = s.bucketTurnover(bucketsOf(factor, q), 1)
    const top = s.bucketTurnover(bucketsOf(factor, q), q)
    return { bottomTop: Array.from(bottom, (value, t) => [value, top[t]]) }
  },
  'weights.demeaned': ({ factor, fwd }) => {
    const weights = demeaned(factor)
    return { weights, returns: weights.map((row, t) => bookReturn(row, table(fwd)[t])) }
  },
  'weights.turnover': ({ factor, fwd }) => {
    const weights = demeaned(factor)
    const still = s.driftedTurnover(
      weights,
      table(fwd).map((row: unknown[]) => row.map(() => null)),
    )
    const drifted = s.driftedTurnover(weights, table(fwd))
    const returns = weights.map((row, t) => bookReturn(row, table(fwd)[t]))
    const traded = drifted.reduce((total, value) => total + 2 * value, 0)
    const earned = returns.slice(1).reduce((total, value) => total + value, 0)
    return {
      oneWayTarget: still,
      oneWayDrifted: drifted,
      twoWayDrifted: drifted.map((value) => 2 * value),
      breakEvenBpsOneWay: (earned / traded) * 10_000,
    }
  },
  'cost.models': (_, { tradedWeight, bps, sigmaDaily, Q, ADV, y }) => {
    const impactFraction = impactRate(Q / ADV, sigmaDaily, y)
    return { linear: (tradedWeight * bps) / 10_000, impactFraction, impactBps: impactFraction * 10_000 }
  },
  grinold: (_, { ic, breadth, tc }) => ({
    ir: s.fundamentalLaw(ic, breadth, tc),
    irUnconstrained: s.fundamentalLaw(ic, breadth),
  }),
}
for (const [id, lag] of [
  ['hac.ic_L0', 0],
  ['hac.ic_L3', 3],
  ['hac.ic_L5', 5],
  ['hac.ar1_100', 4],
] as const) {
  Object.assign(SIGNAL, { [id]: hacCheck(lag) })
}

const OVERFITTING: Readonly<Record<string, Computation>> = {
  'psr.series': ({ r }, { benchmarks }) => {
    const own = s.sharpeSample(series(r))
    const { sampleSkewness, sampleExcessKurtosis } = s.moments(series(r))
    const corrected = { ...own, skewness: sampleSkewness, kurtosis: sampleExcessKurtosis + 3 }
    return {
      sr: own.sharpe,
      skew: own.skewness,
      kurt: own.kurtosis,
      sigmaSR: s.sharpeStandardError(own),
      psr0: s.probabilisticSharpe(own, benchmarks[0]),
      psrAnn1: s.probabilisticSharpe(own, benchmarks[1]),
      psr0_sampleMoments: s.probabilisticSharpe(corrected),
    }
  },
  'psr.paper_24m': (_, { n, srAnnual, periodsPerYear, skew, kurt }) => ({
    psr0_nonnormal: s.probabilisticSharpe(sample(srAnnual / Math.sqrt(periodsPerYear), n, skew, kurt)),
    psr0_normal: s.probabilisticSharpe(sample(srAnnual / Math.sqrt(periodsPerYear), n)),
  }),
  'mintrl.examples': (_, { alpha }) => {
    const against1 = (perYear: number) =>
      s.minTrackRecord(sample(2 / Math.sqrt(perYear), 0), 1 / Math.sqrt(perYear), alpha)
    return {
      daily252_SR2_vs_SR1_normal_obs: against1(252),
      years: against1(252) / 252,
      weekly52_years: against1(52) / 52,
      monthly12_years: against1(12) / 12,
      'monthly_hedgefund_SR1.59_skew-2.448_kurt10.164_obs': s.minTrackRecord(
        sample(1.59 / Math.sqrt(12), 24, -2.448, 10.164),
        0,
        alpha,
      ),
    }
  },
  'mintrl.series': ({ r }, { alpha }) => ({ obs: s.minTrackRecord(s.sharpeSample(series(r)), 0, alpha) }),
  'dsr.paper': (_, { T, srAnnual, A, N, varAnnual, skew, kurt }) => {
    const best = sample(srAnnual / Math.sqrt(A), T, skew, kurt)
    const expected = s.expectedBestSharpe(N, varAnnual / A)
    return {
      sr0_perPeriod: expected,
      sr0_annual: expected * Math.sqrt(A),
      dsr: s.deflatedSharpe(best, N, varAnnual / A),
      dsr_N46: s.deflatedSharpe(best, 46, varAnnual / A),
    }
  },
  'dsr.trials': ({ M }) => {
    const found = s.weighSearch(columns(M))
    return {
      trialSharpes: found.sharpes,
      best: found.best,
      varSR: found.variance,
      sr0: found.expectedBest,
      dsr: found.deflated,
      avgCorrelation: s.meanPairwiseCorrelation(columns(M)),
      effectiveTrials: found.effectiveTrials,
      sr0_neff: found.expectedBestEffective,
    }
  },
  'emax.values': (_, { N }) => ({ values: N.map(s.expectedMaximum) }),
  minbtl: (_, { N, targetAnnualSR }) => s.minBacktestLength(N, targetAnnualSR),
  'pbo.small': pboCheck,
  'pbo.medium': pboCheck,
  'multiple.adjust': ({ p }) => ({
    bonferroni: s.adjustP(series(p), 'bonferroni'),
    holm: s.adjustP(series(p), 'holm'),
    bh: s.adjustP(series(p), 'benjamini-hochberg'),
    by: s.adjustP(series(p), 'benjamini-yekutieli'),
  }),
  'cv.purged_kfold': (_, { n, k, h, embargo }) => ({ folds: s.purgedFolds(n, { folds: k, horizon: h, embargo }) }),
  'wf.windows': (_, { n, ...rule }) => {
    const flat = (anchored: boolean) => s.walkWindows(n, { ...rule, anchored }).map((w) => [...w.train, ...w.test])
    return { rolling: flat(false), anchored: flat(true) }
  },
  'wf.efficiency': ({ is, oos }) => s.walkEfficiency(series(is), series(oos)),
  'compare.sharpe_difference': ({ a, b }, { lags }) => {
    const { difference, standardError, t, p } = s.sharpeDifference(series(a), series(b), lags)
    return { difference, se: standardError, t, p }
  },
}

const RESAMPLING: Readonly<Record<string, Computation>> = {
  'bootstrap.exact_se_stationary': ({ x }, { p }) => ({ se: s.stationaryError(series(x), p) }),
  'bootstrap.exact_se_circular': ({ x }, { b }) => ({ se: s.circularError(series(x), b) }),
  'bootstrap.index_rule': ({ uniforms }, { n, p }) => {
    const indices = new Int32Array(uniforms.length / 2)
    let next = 0
    s.fillStationary(indices, n, p, () => uniforms[next++])
    return { indices }
  },
  'bootstrap.intervals': ({ stats }, { estimate, level }) => {
    const of = { estimate, sorted: series(stats) }
    return {
      percentile: s.percentileInterval(of, level),
      basic: s.basicInterval(of, level),
      z0: s.biasCorrection(of),
      bc: s.correctedInterval(of, level),
    }
  },
  normal: (_, { x, p }) => ({ cdf: x.map(s.normalCdf), ppf: p.map(s.normalQuantile) }),
}
for (const id of ['x_ar1_100', 'x_ar1_250', 'x_iid_64', 'r_daily_60']) {
  Object.assign(RESAMPLING, { [`block.${id}`]: blockCheck })
}

/** What this library computes for each check it knows, under the check's own names. */
export const COMPUTED: Readonly<Record<string, Computation>> = { ...RETURNS, ...SIGNAL, ...OVERFITTING, ...RESAMPLING }

function dated(values: Float64Array) {
  return { dates: Int32Array.from(values, (_, t) => t), values }
}

function bucketsOf(factor: GoldenJson, count: number): Int8Array[] {
  return table(factor).map((row: (number | null)[]) => s.assignBuckets(row, count))
}

/** Weights of gross one, proportional to the demeaned signal: the z-score weights of a run. */
function demeaned(factor: GoldenJson): Float64Array[] {
  return table(factor).map((row: (number | null)[]) => {
    const average = mean(row)!
    const sd = sampleSd(row)!
    const scores = row.map((value) => (value === null ? null : (value - average) / sd))
    return Float64Array.from(
      signalWeights(scores, { method: 'zscore', longOnly: false, targetLeverage: 1, nQuantiles: 5 }),
      (weight) => weight ?? 0,
    )
  })
}

function bookReturn(weights: Float64Array, returns: (number | null)[]): number {
  return weights.reduce((total, weight, i) => total + weight * (returns[i] ?? 0), 0)
}

function hacCheck(lag: number): Computation {
  return ({ x }) => {
    const { mean: average, standardError, t, longRunVariance, tSmallSample, p } = s.hacMean(series(x), lag)
    return { mean: average, se: standardError, t, longRunVariance, tSmallSample, pTwoSidedNormal: p }
  }
}

function pboCheck({ M }: GoldenJson, { S }: GoldenJson): unknown {
  const found = s.backtestOverfitting(columns(M), S)
  return {
    nCombos: found.splits,
    pbo: found.probability,
    pboStrict: found.probabilityStrict,
    logits: found.logits,
    meanLogit: found.meanLogit,
    medianLogit: found.medianLogit,
    degradationSlope: found.slope,
    degradationIntercept: found.intercept,
    probLoss: found.lossProbability,
  }
}

function blockCheck({ x }: GoldenJson): unknown {
  const { lags, slope, longRunVariance, longest, stationary, circular } = s.blockLength(series(x))
  return { m: lags, g: slope, longRunVar: longRunVariance, bMax: longest, stationary, circular }
}
