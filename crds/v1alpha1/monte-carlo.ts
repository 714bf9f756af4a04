import { type Static, Type } from 'typebox'
import { computation } from './backtest.ts'
import { choice, closed, label, MAX_SAFE_INTEGER, whole } from './fields.ts'
import { resource } from './resource.ts'
import { parallelism, RUN_FIELDS } from './run-policy.ts'

/** Bounds of platform.md 1.4. */
const MAX_SIMULATIONS = 100_000
const MAX_BLOCK_LENGTH = 2520
const MAX_CONFIDENCE_LEVELS = 9

const backtestRef = closed(
  {
    name: Type.Optional(label(63, 'A Backtest of the same namespace.')),
    jobId: Type.Optional(Type.String({ maxLength: 32, pattern: '^[0-9a-f]{32}$', description: 'The id of a job.' })),
  },
  'The Backtest to resample: exactly one of name and jobId.',
  { 'x-rules': ['sourceReference'] },
)

const COMPUTATION = {
  backtestRef: Type.Optional(backtestRef),
  backtest: Type.Optional(computation),
  simulations: Type.Optional(whole(1, MAX_SIMULATIONS, 'Paths to draw.', { default: 1000 })),
  method: Type.Optional(
    choice(
      ['bootstrap', 'shuffle', 'stationary', 'circular'],
      'Single days with or without replacement, or blocks of days of random or fixed length.',
      { default: 'bootstrap' },
    ),
  ),
  blockLength: Type.Optional(
    whole(
      1,
      MAX_BLOCK_LENGTH,
      'Mean or fixed length of a block in days, for stationary and circular; absent: Politis-White.',
    ),
  ),
  seed: Type.Optional(
    whole(0, MAX_SAFE_INTEGER, 'Absent: taken from the SHA-256 of the rest of the computation.', { format: 'int64' }),
  ),
  confidenceLevels: Type.Optional(
    Type.Array(Type.Number({ minimum: 0, maximum: 1, description: 'A level from 0 to 1.' }), {
      minItems: 1,
      maxItems: MAX_CONFIDENCE_LEVELS,
      default: [0.05, 0.5, 0.95],
      description: 'Levels of the intervals, strictly increasing.',
      'x-rules': ['increasing'],
      'x-kubernetes-list-type': 'atomic',
    }),
  ),
  basis: Type.Optional(choice(['gross', 'net'], 'Returns before or after costs.', { default: 'gross' })),
  generator: Type.Optional(
    choice(
      ['counter', 'numpy-pcg64'],
      'counter gives the same bytes for any number of workers; numpy-pcg64 is that of numpy and runs on one.',
      { default: 'counter' },
    ),
  ),
} as const

const spec = closed({ ...COMPUTATION, parallelism, ...RUN_FIELDS }, 'What to resample, and how to run it.', {
  'x-code': 'montecarlo_invalid',
  'x-rules': ['monteCarlo'],
  'x-frozen': Object.keys(COMPUTATION),
})

export const MonteCarlo = resource('MonteCarlo', 'How much of a result could be luck of the draw?', spec)
export type MonteCarloManifest = Static<typeof MonteCarlo>
