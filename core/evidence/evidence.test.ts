import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { weighBacktest } from './backtest.ts'
import { type EvidenceCard, type Grade, lessIsBetter, moreIsBetter, type Verdict } from './card.ts'
import { type PathFacts, weighPaths } from './monte-carlo.ts'
import type { WalkFacts } from './walk-facts.ts'
import { weighWalk } from './walk-forward.ts'

const WALK_METRICS = {
  ic_t_newey_west: 5,
  n_ic_days: 800,
  n_trials: 9,
  dsr: 0.99,
  pbo: 0.1,
  degradation: 0.2,
  train_ic: 0.03,
  test_ic: 0.024,
  overfitting_ratio: 1.25,
  sign_flip_share: 0,
  positive_windows: 1,
  windows: 12,
  valid_windows: 12,
  below_median_share: 0.1,
  gross_sharpe: 2,
  net_sharpe: 1.5,
}
/** Nothing against it; each case changes one fact. */
const WALK: WalkFacts = {
  metrics: WALK_METRICS,
  overfittingThreshold: 2,
  searches: [{ trials: 9, effectiveTrials: 3, sharpe: 0.3, expectedBest: 0.05, deflatedEffective: 0.99 }],
  stability: [{ name: 'lookbackDays', usual: 126, usualShare: 0.8 }],
  hasDelistings: true,
}
const walk = (metrics: Record<string, number>, facts: Partial<WalkFacts> = {}) =>
  weighWalk({ ...WALK, ...facts, metrics: { ...WALK_METRICS, ...metrics } })

const walks: [title: string, card: EvidenceCard, verdict: Verdict, test: string, grade: Grade][] = [
  ['nothing against it', walk({}), 'strong', 'out_of_sample_t', 'good'],
  ['a t of 2.9 out of sample', walk({ ic_t_newey_west: 2.9 }), 'mixed', 'out_of_sample_t', 'caution'],
  ['a deflated probability of 0.5', walk({ dsr: 0.5 }), 'weak', 'dsr', 'bad'],
  ['no deflated probability', walk({ dsr: NaN }), 'weak', 'dsr', 'bad'],
  ['trials that differ by luck', walk({ pbo: 0.6, dsr: 0.6 }), 'weak', 'pbo', 'bad'],
  ['trials with skill that are equally good', walk({ pbo: 0.6 }), 'mixed', 'pbo', 'caution'],
  ['an IC that lost three quarters', walk({ degradation: 0.75 }), 'mixed', 'degradation', 'caution'],
  ['no gain in sample', walk({ degradation: NaN }), 'weak', 'degradation', 'bad'],
  ['a ratio at the threshold', walk({ overfitting_ratio: 2 }), 'strong', 'overfitting_ratio', 'good'],
  ['a ratio above the threshold', walk({ overfitting_ratio: 2.001 }), 'weak', 'overfitting_ratio', 'bad'],
  ['a ratio that is undetermined', walk({ overfitting_ratio: NaN }), 'mixed', 'overfitting_ratio', 'caution'],
  ['a sign that flips', walk({ test_ic: -0.01 }), 'weak', 'sign_flips', 'bad'],
  ['a third of windows that flip', walk({ sign_flip_share: 0.33 }), 'mixed', 'sign_flips', 'caution'],
  ['half of the windows above zero', walk({ positive_windows: 0.5 }), 'mixed', 'positive_windows', 'caution'],
  ['a window without a test IC', walk({ valid_windows: 11 }), 'mixed', 'windows', 'caution'],
  ['one window', walk({ valid_windows: 1, windows: 1 }), 'weak', 'windows', 'bad'],
  ['no costs', weighWalk({ ...WALK, metrics: { ...WALK_METRICS, net_sharpe: undefined } }), 'weak', 'costs', 'bad'],
  ['costs that take all', walk({ net_sharpe: -0.1 }), 'weak', 'costs', 'bad'],
  ['choices that end in the lower half', walk({ below_median_share: 0.6 }), 'mixed', 'choice_rank', 'caution'],
  [
    'a best trial that noise reaches',
    walk({}, { searches: [{ ...WALK.searches[0]!, expectedBest: 0.3 }] }),
    'weak',
    'trials',
    'bad',
  ],
  [
    'parameters that jump',
    walk({}, { stability: [{ name: 'lookbackDays', usual: 5, usualShare: 0.25 }] }),
    'mixed',
    'stability',
    'caution',
  ],
]
for (const [title, card, verdict, name, grade] of walks) {
  test(`a walk with ${title} is ${verdict}`, () => {
    const found = card.tests.find((one) => one.name === name)
    assert.deepEqual([card.verdict, found?.grade], [verdict, grade])
  })
}

const sayings: [title: string, metrics: Record<string, number>, says: RegExp][] = [
  ['is noise', { ic_t_newey_west: 0.4, dsr: 0.2 }, /^This is what noise looks like: .* t of 0\.4, .* best of 9 trials/],
  ['is noise without a probability', { ic_t_newey_west: 0.4, dsr: NaN }, /^This is what noise looks like/],
  ['is not noise', {}, /^This is not noise: .* t of 5\.0, .* more than luck among 9 trials/],
  ['is not noise by its test days alone', { dsr: 0.7 }, /^This is not noise: .* too short to tell skill from luck/],
  ['is not settled in sample', { ic_t_newey_west: 2.5, dsr: 0.7 }, /^Not settled: .* may be luck/],
  ['is not settled out of sample', { ic_t_newey_west: 1.5 }, /^Not settled: in sample .* more than luck/],
  ['predicts the wrong way round', { ic_t_newey_west: -2.5 }, /wrong way round/],
  ['has too few days', { ic_t_newey_west: NaN }, /^Nothing can be said/],
]
for (const [title, metrics, says] of sayings) {
  test(`the card of a walk says in words that it ${title}`, () => assert.match(walk(metrics).says, says))
}

const PATH_METRICS = {
  p_value: 0.01,
  sharpe: 1.2,
  sharpe_q05: 0.4,
  sharpe_q50: 1.2,
  sharpe_q95: 2,
  mean_ic: 0.02,
  mean_ic_q05: 0.01,
  mean_ic_q50: 0.02,
  mean_ic_q95: 0.03,
  max_drawdown: -0.08,
  max_drawdown_q05: -0.15,
  drawdown_deeper_share: 0.4,
  hit_rate: 0.53,
  hit_rate_q05: 0.51,
}
const PATHS: PathFacts = {
  metrics: PATH_METRICS,
  method: 'stationary',
  simulations: 10_000,
  blockLength: 6.5,
  basis: 'net',
  days: 1000,
}
const paths = (metrics: Record<string, number>, facts: Partial<PathFacts> = {}) =>
  weighPaths({ ...PATHS, ...facts, metrics: { ...PATH_METRICS, ...metrics } })

const pathCases: [title: string, card: EvidenceCard, verdict: Verdict, test: string, grade: Grade][] = [
  ['nothing against it', paths({}), 'strong', 'p_value', 'good'],
  ['a chance of 7 %', paths({ p_value: 0.07 }), 'mixed', 'p_value', 'caution'],
  ['a chance of a half', paths({ p_value: 0.5 }), 'weak', 'p_value', 'bad'],
  ['a sign that is not settled', paths({ sharpe_q05: -0.1 }), 'mixed', 'sharpe_range', 'caution'],
  ['a middle path that loses', paths({ sharpe_q05: -1, sharpe_q50: -0.1 }), 'weak', 'sharpe_range', 'bad'],
  ['no level of 5 %', paths({ mean_ic_q05: NaN }), 'mixed', 'mean_ic_range', 'caution'],
  ['bad days that came together', paths({ drawdown_deeper_share: 0.01 }), 'mixed', 'drawdown_order', 'caution'],
  ['bad days spread by luck', paths({ drawdown_deeper_share: 0.99 }), 'mixed', 'drawdown_order', 'caution'],
  ['a tail that loses thrice', paths({ max_drawdown_q05: -0.24 }), 'mixed', 'drawdown_to_plan', 'caution'],
  ['single days', paths({}, { method: 'bootstrap' }), 'mixed', 'method', 'caution'],
  ['few paths', paths({}, { simulations: 500 }), 'mixed', 'paths', 'caution'],
  ['very few paths', paths({}, { simulations: 100 }), 'weak', 'paths', 'bad'],
  ['gross returns', paths({}, { basis: 'gross' }), 'mixed', 'basis', 'caution'],
  ['a month of days', paths({}, { days: 21 }), 'weak', 'days', 'bad'],
]
for (const [title, card, verdict, name, grade] of pathCases) {
  test(`paths with ${title} are ${verdict}`, () => {
    const found = card.tests.find((one) => one.name === name)
    assert.deepEqual([card.verdict, found?.grade], [verdict, grade])
  })
}

test('of orders of the same days the card says that they tell nothing of skill, whatever the figures', () => {
  const { says, tests, verdict } = paths({ p_value: NaN, sharpe_q05: 1.2 }, { method: 'shuffle', blockLength: NaN })
  assert.match(says, /^Of skill these paths say nothing: .* only the drawdown depends on those\./)
  const untested = tests.filter(({ shown }) => shown === 'not tested').map(({ name }) => name)
  assert.deepEqual([untested, verdict], [['p_value', 'sharpe_range', 'mean_ic_range'], 'mixed'])
})

const noFacts = {
  backtest: weighBacktest({
    metrics: {},
    costs: null,
    breakEvenBp: NaN,
    rankIc: [],
    returnDays: 0,
    stoppedEarly: false,
    hasDelistings: null,
  }),
  walk: weighWalk({ metrics: {}, overfittingThreshold: 2, searches: [], stability: [], hasDelistings: null }),
  paths: weighPaths({ ...PATHS, metrics: {}, blockLength: NaN, days: NaN }),
}
const cards = { ...noFacts, good: walk({}), orders: paths({}, { method: 'shuffle' }), plain: paths({}) }

for (const [kind, { tests, says }] of Object.entries(cards)) {
  test(`each of at least eight tests has a value, a threshold and what would change it: ${kind}`, () => {
    assert.ok(tests.length >= 8)
    assert.equal(new Set(tests.map(({ name }) => name)).size, tests.length)
    for (const { name, title, shown, threshold, finding, change } of tests) {
      assert.match(name, /^[a-z_]+$/)
      assert.ok(title.length <= 22, title)
      for (const words of [shown, threshold, finding, change]) {
        assert.ok(words.length > 0, name)
        assert.doesNotMatch(words, /NaN|undefined|Infinity|\.$/, name)
      }
    }
    assert.match(says, / tests? (?:fails?|pass)|leave/)
  })
}

for (const [kind, card] of Object.entries(noFacts)) {
  test(`a ${kind} of which nothing is known is weak`, () => assert.equal(card.verdict, 'weak'))
}

test('bounds belong to the better grade, and NaN fails', () => {
  const bounds = { pass: 3, fail: 2 }
  assert.deepEqual(
    [3, 2.9, 2, 1.9, NaN].map((value) => moreIsBetter(value, bounds)),
    ['good', 'caution', 'caution', 'bad', 'bad'],
  )
  assert.deepEqual(
    [0.05, 0.1, 0.11, NaN].map((value) => lessIsBetter(value, { pass: 0.05, fail: 0.1 })),
    ['good', 'caution', 'bad', 'bad'],
  )
})
