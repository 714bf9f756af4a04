/** The public entry `hindcast/engine`: pure compute over plain data, without I/O, clock or Node. */
export type { AlphaParameters, Backtest, BlendSpec, NamedAlpha, WeightMethod } from '../core/request.ts'
export { ALPHA_CATALOGUE, type AlphaEntry, type ParameterSpec } from './alphas/catalogue.ts'
export { type Alpha, type BoundAlpha, defineAlpha, type RawSignal, setNull, setRaw } from './alphas/define-alpha.ts'
export { ALPHAS, bindAlpha } from './alphas/index.ts'
export { rawSignalOn } from './alphas/raw-signal.ts'
export { type Combination, type CombineInput, combineSignals } from './blend/combine-signals.ts'
export {
  allocateDaily,
  compute,
  computeAll,
  computeDates,
  type Daily,
  type Progress,
  planDays,
  type Run,
  type RunDays,
  summarise,
} from './compute.ts'
export { type CostInput, computeCosts } from './costs/compute-costs.ts'
export { type Liquidity, liquidityByDay } from './costs/liquidity.ts'
export { autocorrelation } from './metrics/autocorrelation.ts'
export { decayRate, halfLife } from './metrics/decay.ts'
export { groupIcs, groupsApart, marketCapBuckets, monotonicity, quintileReturns } from './metrics/grouped.ts'
export { icir, meanIc } from './metrics/icir.ts'
export { neweyWest, neweyWestLag } from './metrics/newey-west.ts'
export { type CrossSectionIc, crossSectionIc } from './metrics/rank-ic.ts'
export { riskMetrics } from './metrics/risk.ts'
export {
  type MonteCarloDocument,
  type MonteCarloRow,
  monteCarloDocument,
  monteCarloMetrics,
  monteCarloRows,
} from './monte-carlo/document.ts'
export { FAN_LEVELS, type PathFan, pathFan } from './monte-carlo/fan.ts'
export {
  computeMonteCarlo,
  type MetricInterval,
  type MonteCarloResult,
  mergeBlocks,
  type PathPValues,
} from './monte-carlo/merge.ts'
export { decodeBlock, encodeBlock } from './monte-carlo/path-bytes.ts'
export { PATH_METRICS, type PathMetric } from './monte-carlo/path-metrics.ts'
export {
  type MonteCarloRun,
  type MonteCarloSettings,
  planMonteCarlo,
  UNIT_PATHS,
  unitPaths,
} from './monte-carlo/run.ts'
export type { ResampleSource } from './monte-carlo/sample.ts'
export {
  createSimulator,
  type PathBlock,
  type PathProgress,
  type Simulator,
  simulateUnit,
} from './monte-carlo/simulate.ts'
export { type Fundamentals, type Panel, PRESENT } from './panel.ts'
export { type FundamentalRows, type PriceRows, panelFromRows } from './panel-from-rows.ts'
export { signalWeights, type WeightOptions } from './portfolio/weights.ts'
export { analyseQuantiles, type QuantileInput } from './quantiles/analyse-quantiles.ts'
export { holdingReturns } from './quantiles/holding-returns.ts'
export { type BacktestResult, CELL, type CostResult, type DenseTable, type Series } from './result.ts'
export { ENGINE_REVISION } from './revision.ts'
export * as statistics from './statistics/index.ts'
export * as stats from './stats.ts'
export {
  type Aggregate,
  aggregateWindows,
  type ParameterStability,
  parameterStability,
  walkForwardEfficiency,
} from './walk-forward/aggregate.ts'
export {
  computeUnit,
  computeUnitAll,
  prepareRows,
  type TestRun,
  type UnitResult,
  type UnitTask,
  type WalkProgress,
} from './walk-forward/compute-unit.ts'
export { paramSearchDocument, walkForwardDocument } from './walk-forward/documents.ts'
export {
  mergeUnits,
  type SearchResult,
  type WalkForwardResult,
  type WindowResult,
} from './walk-forward/merge-units.ts'
export { planWalk, spanBacktest, type Walk, type WalkWindow } from './walk-forward/plan-walk.ts'
export { bestTry, type SearchSpace, searchSpace } from './walk-forward/search/search-space.ts'
export { type ParameterSearch, searchParameters } from './walk-forward/search-parameters.ts'
export { readUnit, writeUnit } from './walk-forward/unit-text.ts'
export { allocateWalk, type WalkMemory } from './walk-forward/walk-memory.ts'
export { type SearchEvidence, weighSearch } from './walk-forward/weigh-search.ts'
export {
  separateWindows,
  type Window,
  walkWindows,
} from './walk-forward/windows.ts'
