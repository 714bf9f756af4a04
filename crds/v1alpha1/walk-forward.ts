import { type Static, Type } from 'typebox'
import { searchParameters } from './alpha.ts'
import { computation } from './backtest.ts'
import { choice, closed, MAX_INT32, MAX_SAFE_INTEGER, whole } from './fields.ts'
import { resource } from './resource.ts'
import { parallelism, RUN_FIELDS } from './run-policy.ts'

/** Bounds of platform.md 1.4. */
const MAX_MONTHS = 240
const MAX_GAP_DAYS = 252
const MAX_ITERATIONS = 10_000

const windows = closed(
  {
    trainMonths: Type.Optional(whole(1, MAX_MONTHS, 'Months a window is trained on.', { default: 12 })),
    testMonths: Type.Optional(whole(1, MAX_MONTHS, 'Months it is tested on.', { default: 3 })),
    stepMonths: Type.Optional(
      whole(1, MAX_MONTHS, 'Months from one window to the next; not less than testMonths.', { default: 3 }),
    ),
    minTrainDays: Type.Optional(whole(0, MAX_INT32, 'Calendar days a train window must have.', { default: 252 })),
    purgeDays: Type.Optional(
      whole(0, MAX_GAP_DAYS, 'Trading days cut from the end of the train window.', { default: 0 }),
    ),
    embargoDays: Type.Optional(whole(0, MAX_GAP_DAYS, 'Trading days between train and test window.', { default: 0 })),
  },
  'How the span is cut into windows; those that fit whole are used.',
  { default: {}, 'x-rules': ['windows'] },
)

const search = closed(
  {
    method: Type.Optional(
      choice(['grid', 'random'], 'Every combination, or a random draw of them.', { default: 'grid' }),
    ),
    parameters: Type.Optional(searchParameters),
    metric: Type.Optional(
      choice(['mean_ic', 'icir', 'hit_rate'], 'What the best combination of a train window is best at.', {
        default: 'mean_ic',
      }),
    ),
    iterations: Type.Optional(whole(1, MAX_ITERATIONS, 'Combinations a random search draws; absent: 10.')),
    seed: Type.Optional(whole(0, MAX_SAFE_INTEGER, 'Seed of a random search; absent: 42.', { format: 'int64' })),
    generator: Type.Optional(
      choice(
        ['counter', 'python-mt19937'],
        "Random numbers of a random search; absent: counter. The other is Python's own.",
      ),
    ),
  },
  'How each train window chooses parameters. They are tried in the order of their names, the last changing fastest.',
  { default: {}, 'x-rules': ['search'] },
)

const COMPUTATION = {
  backtest: computation,
  windows: Type.Optional(windows),
  search: Type.Optional(search),
  overfittingThreshold: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      default: 2,
      description: 'A ratio of train IC to test IC above this flags the walk as overfit.',
    }),
  ),
} as const

const spec = closed({ ...COMPUTATION, parallelism, ...RUN_FIELDS }, 'What to walk through, and how to run it.', {
  'x-code': 'walkforward_invalid',
  'x-rules': ['walkForward'],
  'x-frozen': Object.keys(COMPUTATION),
})

export const WalkForward = resource(
  'WalkForward',
  'Do parameters chosen on the past still work on the months that follow?',
  spec,
)
export type WalkForwardManifest = Static<typeof WalkForward>
