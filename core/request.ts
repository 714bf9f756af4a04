import type { IsoDate } from './dates.ts'

/** What a user may ask for, version-free and with every default explicit. Shape checked; nothing looked up yet. */
export type Request = BacktestRequest | WalkForwardRequest | MonteCarloRequest | RegressionRequest

export type Kind = Request['kind']

/** Where a request comes from and how it should run: never part of its identity. */
export interface RequestHead {
  readonly name: string
  /** `default` where the manifest names none. */
  readonly namespace: string
  /** Annotation `hindcast.dev/created-by`; null when absent. */
  readonly createdBy: string | null
  readonly run: RunPolicy
}

export type Priority = 'high' | 'normal' | 'low'

/** The "how it runs" fields of design.md 2. A null means: the default of the place it runs in. */
export interface RunPolicy {
  readonly priority: Priority
  readonly timeoutSeconds: number | null
  readonly memoryLimitBytes: number | null
  /** In cores; the engine's threads are its whole part, at least 1. */
  readonly cpu: number
  readonly retryLimit: number
  readonly workerLossPolicy: 'fail' | 'retry'
  readonly suspend: boolean
  readonly deletionPolicy: 'retain' | 'purge'
  readonly jobTTLSecondsAfterFinished: number
}

export type WeightMethod = 'zscore' | 'quantile' | 'rank'

/** Parameters of an alpha in the manifest's camelCase; the known keys are in engine/alphas/catalogue.ts. */
export type AlphaParameters = Readonly<Record<string, number | string>>

export interface NamedAlpha {
  readonly name: string
  readonly parameters: AlphaParameters
}

export interface BlendSpec {
  /** 2 to 8 alphas, in the order of the manifest. */
  readonly of: readonly NamedAlpha[]
  readonly weighting: 'equal' | 'ic' | 'ir' | 'volParity'
  /** Calendar days. */
  readonly lookbackDays: number
  /** Daily ICs that must be valid inside the lookback. */
  readonly minLookbackDays: number
  readonly normalize: boolean
}

export type AlphaChoice = NamedAlpha | { readonly blend: BlendSpec }

export interface CostModel {
  /** Commission and half the spread, basis points of traded notional. */
  readonly bpsPerTrade: number
  readonly impactCoefficient: number
  /** Fraction of ADV, in (0, 1]. */
  readonly participationLimit: number
  readonly portfolioValueUsd: number
}

export interface QuantileSpec {
  readonly count: number
  readonly holdingPeriodDays: number
  readonly skipDays: number
  readonly minObservationsPerDate: number
  readonly minTotalDates: number
}

/** The computation of a Backtest: all that its result depends on. */
export interface Backtest {
  readonly dataset: string
  /** Null in a request: the newest of the dataset at admission. Never null in a plan. */
  readonly snapshotId: string | null
  readonly alpha: AlphaChoice
  readonly startDate: IsoDate
  readonly endDate: IsoDate
  readonly weightMethod: WeightMethod
  /** Trading days, strictly increasing. */
  readonly decayHorizons: readonly number[]
  /** Null: no costs are computed. */
  readonly costModel: CostModel | null
  /** Null: no quantile analysis. */
  readonly quantiles: QuantileSpec | null
}

export interface WindowSpec {
  readonly trainMonths: number
  readonly testMonths: number
  readonly stepMonths: number
  /** Calendar days. */
  readonly minTrainDays: number
  readonly purgeDays: number
  readonly embargoDays: number
}

export type SearchMetric = 'mean_ic' | 'icir' | 'hit_rate'

export interface SearchSpec {
  readonly method: 'grid' | 'random'
  /** Parameter -> the values to try, keys in ascending order (ADR 31); the rightmost key varies fastest. */
  readonly parameters: Readonly<Record<string, readonly (number | string)[]>>
  readonly metric: SearchMetric
  /** Random search only. */
  readonly iterations: number
  readonly seed: number
  readonly generator: 'counter' | 'python-mt19937'
}

export interface WalkForward {
  readonly backtest: Backtest
  readonly windows: WindowSpec
  readonly search: SearchSpec
  readonly overfittingThreshold: number
}

/** The Backtest a MonteCarlo resamples. */
export type BacktestSource = { readonly name: string } | { readonly jobId: string } | { readonly backtest: Backtest }

export interface MonteCarlo {
  readonly source: BacktestSource
  readonly simulations: number
  readonly method: 'bootstrap' | 'shuffle' | 'stationary' | 'circular'
  /** Null: Politis-White. */
  readonly blockLength: number | null
  /** Null: the first 31 bits of the SHA-256 of the rest of the computation. */
  readonly seed: number | null
  readonly confidenceLevels: readonly number[]
  readonly basis: 'gross' | 'net'
  readonly generator: 'counter' | 'numpy-pcg64'
}

export interface Tolerance {
  readonly relative: number
  readonly absolute: number
}

export interface RegressionCase {
  readonly name: string
  readonly spec: Backtest
  readonly expected: Readonly<Record<string, number | null>>
}

export interface Regression {
  readonly runKey: string
  readonly tolerance: Tolerance & { readonly perMetric: Readonly<Record<string, Partial<Tolerance>>> }
  readonly stalePolicy: 'warn' | 'fail'
  readonly maxAgeDays: number
  readonly cases: readonly RegressionCase[] | null
  readonly goldenRef: { readonly configMap: string } | null
}

export type BacktestRequest = RequestHead & { readonly kind: 'Backtest'; readonly backtest: Backtest }
export type WalkForwardRequest = RequestHead & {
  readonly kind: 'WalkForward'
  readonly walkForward: WalkForward
  readonly parallelism: number
}
export type MonteCarloRequest = RequestHead & {
  readonly kind: 'MonteCarlo'
  readonly monteCarlo: MonteCarlo
  readonly parallelism: number
}
export type RegressionRequest = RequestHead & { readonly kind: 'Regression'; readonly regression: Regression }
