import { type Static, Type } from 'typebox'
import { alpha } from './alpha.ts'
import { choice, closed, date, label, MAX_INT32, whole } from './fields.ts'
import { resource } from './resource.ts'
import { RUN_FIELDS } from './run-policy.ts'

/** A dataset's name leaves room for a dash and eight digits in a snapshot's id of one label. */
const MAX_DATASET_LENGTH = 54
const SNAPSHOT_ID = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?-[0-9a-f]{8}$'
/** Longest horizon: a trading year (platform.md 1.4). */
const MAX_HORIZON = 252
/** A cost model is small; this bound is the API's promise to its readers (platform.md 1.4). */
const MAX_COST_MODEL_BYTES = 4096

const costModel = closed(
  {
    bpsPerTrade: Type.Optional(
      Type.Number({
        minimum: 0,
        default: 5,
        description: 'Commission and half the spread, in basis points of traded value.',
      }),
    ),
    impactCoefficient: Type.Optional(
      Type.Number({ minimum: 0, default: 0.1, description: 'Factor of the square-root market impact.' }),
    ),
    participationLimit: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        default: 0.05,
        description: 'Largest share of average daily volume that a trade may take.',
      }),
    ),
    portfolioValueUsd: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        default: 1_000_000,
        description: 'Capital the weights are applied to, in USD.',
      }),
    ),
  },
  'Trading costs; absent: none are computed. An empty object takes every default.',
  { 'x-code': 'cost_model_invalid', 'x-max-bytes': { bytes: MAX_COST_MODEL_BYTES, code: 'cost_model_too_large' } },
)

const quantiles = closed(
  {
    count: Type.Optional(whole(2, 20, 'Buckets each date is cut into.', { default: 5 })),
    holdingPeriodDays: Type.Optional(whole(1, 252, 'Trading days a bucket is held.', { default: 20 })),
    skipDays: Type.Optional(whole(1, 252, 'Trading days between signal and first return.', { default: 1 })),
    minObservationsPerDate: Type.Optional(whole(2, MAX_INT32, 'A date with fewer names is skipped.', { default: 50 })),
    minTotalDates: Type.Optional(whole(1, MAX_INT32, 'With fewer valid dates the analysis fails.', { default: 50 })),
  },
  'Quantile analysis; absent: off. An empty object takes every default.',
  { 'x-code': 'quantiles_invalid', 'x-rules': ['quantiles'] },
)

/** What a Backtest computes: all that its result depends on. */
const COMPUTATION = {
  dataset: label(MAX_DATASET_LENGTH, 'Name of an imported dataset.', { 'x-code': 'dataset_not_found' }),
  snapshotId: Type.Optional(
    Type.String({
      maxLength: 63,
      pattern: SNAPSHOT_ID,
      description: "A snapshot of the dataset; absent: the dataset's newest when the job is admitted.",
      'x-code': 'snapshot_not_found',
    }),
  ),
  alpha,
  startDate: date('First day, inclusive.'),
  endDate: date('Last day, inclusive; at least 30 days after startDate.'),
  weightMethod: Type.Optional(
    choice(['zscore', 'quantile', 'rank'], 'How signals become portfolio weights.', {
      default: 'zscore',
      'x-code': 'invalid_weight_method',
    }),
  ),
  decayHorizons: Type.Optional(
    Type.Array(whole(1, MAX_HORIZON, 'A horizon in trading days.'), {
      minItems: 1,
      maxItems: 20,
      default: [1, 2, 5, 10, 20, 60],
      description: 'Horizons of the decay curve in trading days, strictly increasing.',
      'x-code': 'invalid_horizons',
      'x-rules': ['increasing'],
      'x-kubernetes-list-type': 'atomic',
    }),
  ),
  costModel: Type.Optional(costModel),
  quantiles: Type.Optional(quantiles),
} as const

const COMPUTATION_RULES = ['period', 'snapshot'] as const

/** The computation of a Backtest where another kind holds one. */
export const computation = closed(COMPUTATION, 'The computation of a Backtest.', { 'x-rules': COMPUTATION_RULES })

const spec = closed({ ...COMPUTATION, ...RUN_FIELDS }, 'What to compute, and how to run it.', {
  'x-rules': COMPUTATION_RULES,
  'x-frozen': Object.keys(COMPUTATION),
})

export const Backtest = resource('Backtest', 'Did this alpha predict returns, on data known at the time?', spec)
export type BacktestManifest = Static<typeof Backtest>
export type ComputationSpec = Static<typeof computation>
