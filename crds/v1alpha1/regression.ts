import { type Static, Type } from 'typebox'
import { computation } from './backtest.ts'
import { choice, closed, mapOf, whole } from './fields.ts'
import { resource } from './resource.ts'
import { RUN_FIELDS } from './run-policy.ts'

/** Bounds of platform.md 1.4. */
const MAX_CASES = 50
const MAX_METRICS = 64
const MAX_AGE_DAYS = 3650

const METRIC_KEY = 'A metric, by its snake_case name.'
const relative = (extra: object) =>
  Type.Optional(
    Type.Number({ minimum: 0, description: 'Share of the golden value that a metric may be off.', ...extra }),
  )
const absolute = (extra: object) =>
  Type.Optional(Type.Number({ minimum: 0, description: 'Difference that is never too much.', ...extra }))

const tolerance = closed(
  {
    relative: relative({ default: 0.001 }),
    absolute: absolute({ default: 0.000001 }),
    perMetric: Type.Optional(
      mapOf(
        closed({ relative: relative({}), absolute: absolute({}) }, METRIC_KEY),
        MAX_METRICS,
        'Other tolerances, by metric.',
        {
          default: {},
          'x-rules': ['metricNames'],
        },
      ),
    ),
  },
  'A metric passes within the larger of the two.',
  { default: {} },
)

const regressionCase = closed(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 63,
      description: '{alpha}_{startYear}_{endYear}; blend for a blend.',
    }),
    spec: computation,
    expected: mapOf(
      Type.Unsafe<number | null>({ type: 'number', 'x-nullable': true, description: METRIC_KEY }),
      MAX_METRICS,
      'Golden values by metric; null where a metric has no value.',
      { minProperties: 1, 'x-rules': ['metricNames'] },
    ),
  },
  'A backtest and what it must give.',
  { 'x-rules': ['regressionCase'] },
)

const goldenRef = closed(
  {
    configMap: Type.String({
      minLength: 1,
      maxLength: 253,
      pattern: '^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$',
      description: 'A ConfigMap of the same namespace with manifest.json and two files for each case.',
    }),
  },
  'Golden files, instead of cases.',
)

const spec = closed(
  {
    runKey: Type.String({
      minLength: 1,
      maxLength: 128,
      pattern: '^[A-Za-z0-9._:@/-]+$',
      description: 'A git revision or image digest; a new one runs the cases again.',
    }),
    tolerance: Type.Optional(tolerance),
    stalePolicy: Type.Optional(
      choice(['warn', 'fail'], 'What old golden values do to the verdict.', { default: 'warn' }),
    ),
    maxAgeDays: Type.Optional(whole(1, MAX_AGE_DAYS, 'Golden values older than this are stale.', { default: 90 })),
    cases: Type.Optional(
      Type.Array(regressionCase, {
        minItems: 1,
        maxItems: MAX_CASES,
        description: 'Backtests to check; exactly one of cases and goldenRef.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    ),
    goldenRef: Type.Optional(goldenRef),
    ...RUN_FIELDS,
  },
  'What to check, and how to run it. May change: another spec runs again.',
  { 'x-code': 'regression_invalid', 'x-rules': ['regression'] },
)

export const Regression = resource('Regression', 'Do the numbers still come out as approved?', spec)
export type RegressionManifest = Static<typeof Regression>
