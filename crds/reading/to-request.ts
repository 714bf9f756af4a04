import { HindcastError } from '../../core/errors.ts'
import type {
  AlphaChoice,
  Backtest,
  BacktestSource,
  MonteCarlo,
  NamedAlpha,
  Regression,
  Request,
  RequestHead,
  RunPolicy,
  SearchSpec,
  WalkForward,
} from '../../core/request.ts'
import { ALPHA_CATALOGUE } from '../../engine/alphas/catalogue.ts'
import { parseQuantity } from '../rules/quantity.ts'
import type { BacktestManifest, ComputationSpec } from '../v1alpha1/backtest.ts'
import type { MonteCarloManifest } from '../v1alpha1/monte-carlo.ts'
import type { RegressionManifest } from '../v1alpha1/regression.ts'
import type { RunPolicySpec } from '../v1alpha1/run-policy.ts'
import type { WalkForwardManifest } from '../v1alpha1/walk-forward.ts'

/** A manifest of any kind, its shape checked and the schema's defaults filled in. */
export type Manifest = BacktestManifest | WalkForwardManifest | MonteCarloManifest | RegressionManifest

export const CREATED_BY = 'hindcast.dev/created-by'

/** Defaults of a random search; outside the schema, so that a grid can refuse them (docs/decisions/0031). */
const RANDOM_SEARCH = { iterations: 10, seed: 42, generator: 'counter' } as const

/** The request a checked manifest makes, every default explicit. */
export function toRequest(manifest: Manifest): Request {
  const head = headOf(manifest)
  switch (manifest.kind) {
    case 'Backtest':
      return { kind: 'Backtest', ...head, backtest: backtestOf(manifest.spec) }
    case 'WalkForward':
      return {
        kind: 'WalkForward',
        ...head,
        walkForward: walkForwardOf(manifest.spec),
        parallelism: filled(manifest.spec.parallelism),
      }
    case 'MonteCarlo':
      return {
        kind: 'MonteCarlo',
        ...head,
        monteCarlo: monteCarloOf(manifest.spec),
        parallelism: filled(manifest.spec.parallelism),
      }
    case 'Regression':
      return { kind: 'Regression', ...head, regression: regressionOf(manifest.spec) }
  }
}

/** A field whose default the check has filled in. */
function filled<Value>(value: Value | undefined): Value {
  if (value === undefined)
    throw new HindcastError('invariant_violated', 'a checked manifest has every default filled in')
  return value
}

function headOf({ metadata, spec }: Manifest): RequestHead {
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? 'default',
    createdBy: metadata.annotations?.[CREATED_BY] ?? null,
    run: runOf(spec),
  }
}

function runOf(spec: RunPolicySpec): RunPolicy {
  return {
    priority: filled(spec.priority),
    timeoutSeconds: spec.timeoutSeconds ?? null,
    // A quantity rounds up to whole bytes, as in Kubernetes.
    memoryLimitBytes: spec.memoryLimit === undefined ? null : Math.ceil(parseQuantity(spec.memoryLimit)),
    cpu: parseQuantity(filled(spec.cpu)),
    retryLimit: filled(spec.retryLimit),
    workerLossPolicy: filled(spec.workerLossPolicy),
    suspend: filled(spec.suspend),
    deletionPolicy: filled(spec.deletionPolicy),
    jobTTLSecondsAfterFinished: filled(spec.jobTTLSecondsAfterFinished),
  }
}

function backtestOf(spec: ComputationSpec): Backtest {
  const { costModel, quantiles } = spec
  return {
    dataset: spec.dataset,
    snapshotId: spec.snapshotId ?? null,
    alpha: alphaOf(spec.alpha),
    startDate: spec.startDate,
    endDate: spec.endDate,
    weightMethod: filled(spec.weightMethod),
    decayHorizons: filled(spec.decayHorizons),
    costModel:
      costModel === undefined
        ? null
        : {
            bpsPerTrade: filled(costModel.bpsPerTrade),
            impactCoefficient: filled(costModel.impactCoefficient),
            participationLimit: filled(costModel.participationLimit),
            portfolioValueUsd: filled(costModel.portfolioValueUsd),
          },
    quantiles:
      quantiles === undefined
        ? null
        : {
            count: filled(quantiles.count),
            holdingPeriodDays: filled(quantiles.holdingPeriodDays),
            skipDays: filled(quantiles.skipDays),
            minObservationsPerDate: filled(quantiles.minObservationsPerDate),
            minTotalDates: filled(quantiles.minTotalDates),
          },
  }
}

function alphaOf({ name, parameters, blend }: ComputationSpec['alpha']): AlphaChoice {
  if (blend === undefined) return namedAlphaOf({ name: filled(name), parameters })
  return {
    blend: {
      of: blend.of.map(namedAlphaOf),
      weighting: filled(blend.weighting),
      lookbackDays: filled(blend.lookbackDays),
      minLookbackDays: filled(blend.minLookbackDays),
      normalize: filled(blend.normalize),
    },
  }
}

/** Every parameter of the alpha, in the order of the catalogue, given or by default. */
function namedAlphaOf(alpha: {
  name: string
  parameters?: Readonly<Record<string, number | string>> | undefined
}): NamedAlpha {
  const { parameters } = filled(ALPHA_CATALOGUE.find((entry) => entry.name === alpha.name))
  const given = alpha.parameters ?? {}
  return {
    name: alpha.name,
    parameters: Object.fromEntries(parameters.map((spec) => [spec.name, given[spec.name] ?? spec.default])),
  }
}

function walkForwardOf({ backtest, windows, search, overfittingThreshold }: WalkForwardManifest['spec']): WalkForward {
  const span = filled(windows)
  return {
    backtest: backtestOf(backtest),
    windows: {
      trainMonths: filled(span.trainMonths),
      testMonths: filled(span.testMonths),
      stepMonths: filled(span.stepMonths),
      minTrainDays: filled(span.minTrainDays),
      purgeDays: filled(span.purgeDays),
      embargoDays: filled(span.embargoDays),
    },
    search: searchOf(filled(search)),
    overfittingThreshold: filled(overfittingThreshold),
  }
}

function searchOf(search: NonNullable<WalkForwardManifest['spec']['search']>): SearchSpec {
  // Neither the API server nor canonical JSON keeps the order of keys; sorted, one identity has one order of tries.
  const parameters = Object.entries(filled(search.parameters)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    method: filled(search.method),
    parameters: Object.fromEntries(parameters),
    metric: filled(search.metric),
    iterations: search.iterations ?? RANDOM_SEARCH.iterations,
    seed: search.seed ?? RANDOM_SEARCH.seed,
    generator: search.generator ?? RANDOM_SEARCH.generator,
  }
}

function monteCarloOf(spec: MonteCarloManifest['spec']): MonteCarlo {
  return {
    source: sourceOf(spec),
    simulations: filled(spec.simulations),
    method: filled(spec.method),
    blockLength: spec.blockLength ?? null,
    seed: spec.seed ?? null,
    confidenceLevels: filled(spec.confidenceLevels),
    basis: filled(spec.basis),
    generator: filled(spec.generator),
  }
}

function sourceOf({ backtest, backtestRef }: MonteCarloManifest['spec']): BacktestSource {
  if (backtest !== undefined) return { backtest: backtestOf(backtest) }
  const { name, jobId } = filled(backtestRef)
  return jobId === undefined ? { name: filled(name) } : { jobId }
}

function regressionOf(spec: RegressionManifest['spec']): Regression {
  const tolerance = filled(spec.tolerance)
  return {
    runKey: spec.runKey,
    tolerance: {
      relative: filled(tolerance.relative),
      absolute: filled(tolerance.absolute),
      perMetric: filled(tolerance.perMetric),
    },
    stalePolicy: filled(spec.stalePolicy),
    maxAgeDays: filled(spec.maxAgeDays),
    cases: spec.cases?.map(({ name, spec: inner, expected }) => ({ name, spec: backtestOf(inner), expected })) ?? null,
    goldenRef: spec.goldenRef ?? null,
  }
}
