import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { formatIsoDate } from '../../core/dates.ts'
import type { AlphaParameters, SearchMetric, WalkForward } from '../../core/request.ts'
import { computeAll } from '../compute.ts'
import { columnsOf, counterRandom, randomMarket, type StatementRow } from '../laws/random-rows.ts'
import type { Panel } from '../panel.ts'
import { panelFromRows } from '../panel-from-rows.ts'
import { computeUnit, computeUnitAll, prepareRows, type UnitResult } from './compute-unit.ts'
import { mergeUnits } from './merge-units.ts'
import { planWalk, spanBacktest, type Walk } from './plan-walk.ts'
import { readUnit, writeUnit } from './unit-text.ts'
import { allocateWalk } from './walk-memory.ts'

const DAYS = 330
const market = (seed: number, names = 60) => panelFromRows(...columnsOf(randomMarket(seed, names, DAYS)))
const panel = market(5)

function walkOf(change: Partial<Omit<WalkForward, 'search'>> = {}, search: Partial<WalkForward['search']> = {}) {
  return {
    backtest: {
      dataset: 'test',
      snapshotId: null,
      alpha: { name: 'reversal', parameters: { winsorizePct: 0.02 } },
      startDate: '2020-02-01',
      endDate: '2021-03-31',
      weightMethod: 'rank',
      decayHorizons: [1, 2, 5],
      costModel: { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1e6 },
      quantiles: null,
    },
    windows: { trainMonths: 4, testMonths: 2, stepMonths: 2, minTrainDays: 100, purgeDays: 0, embargoDays: 0 },
    overfittingThreshold: 2,
    ...change,
    search: {
      method: 'grid',
      parameters: { lookbackDays: [4, 9], winsorizePct: [0.05, 0, 0.3] },
      metric: 'mean_ic',
      iterations: 10,
      seed: 42,
      generator: 'counter',
      ...search,
    },
  } satisfies WalkForward as WalkForward
}

function unitsOf(walk: Walk, on: Panel): UnitResult[] {
  const memory = allocateWalk(walk, on)
  return walk.windows.map(({ id: unit }) => computeUnitAll({ walk, panel: on, memory, unit }))
}

const bytesOf = (units: readonly UnitResult[]) => units.map(writeUnit)

const searches: [title: string, alpha: string, parameters: WalkForward['search']['parameters']][] = [
  [
    'windows of two lengths, cut at three quantiles',
    'reversal',
    { lookbackDays: [4, 9], winsorizePct: [0.05, 0, 0.3] },
  ],
  ['skips and universes', 'momentum', { lookbackDays: [40], skipDays: [3, 10], universeFilter: ['all', 'large_cap'] }],
  ['statements with nulls', 'quality', { metric: ['roe', 'gp'], winsorizePct: [0.1, 0.01] }],
  ['deviations', 'volatility', { lookbackDays: [15, 30], minObservations: [5, 12] }],
]

for (const [title, name, parameters] of searches) {
  for (const metric of ['mean_ic', 'icir', 'hit_rate'] satisfies SearchMetric[]) {
    test(`${name}, ${title}: every ${metric} has the bits of its own Backtest`, () => {
      const backtest = { ...walkOf().backtest, alpha: { name, parameters: {} } }
      const walk = planWalk(walkOf({ backtest }, { parameters, metric }), panel)
      for (const unit of unitsOf(walk, panel)) {
        const window = walk.windows[unit.unit]!
        for (const [span, scores] of [
          ['train', unit.scores],
          ['test', unit.testScores],
        ] as const) {
          const alone = walk.space.combinations.map(
            (chosen) => computeAll(spanBacktest(walk.walkForward, window, { span, parameters: chosen }), panel).metrics,
          )
          assert.deepEqual(
            Array.from(scores),
            alone.map((metrics) => metrics[metric]),
          )
        }
      }
    })
  }
}

test('names that come and go, ties and missing returns leave the bits alone, whatever the market', () => {
  const below = counterRandom(3)
  for (let round = 0; round < 6; round++) {
    const on = market(100 + round, 31 + below(30))
    const walk = planWalk(walkOf(), on)
    for (const unit of unitsOf(walk, on)) {
      const at = below(walk.space.combinations.length)
      const parameters = walk.space.combinations[at]!
      const span = spanBacktest(walk.walkForward, walk.windows[unit.unit]!, { span: 'train', parameters })
      assert.equal(unit.scores[at], computeAll(span, on).metrics.mean_ic)
    }
  }
})

const { prices, statements } = randomMarket(12, 60, DAYS)
const LAST = Math.max(...statements.map((row) => row.datadate))
const covered = new Set(statements.filter((row) => row.datadate === LAST).map((row) => row.permno))
const [chosen] = covered
for (const [title, ofStatement] of [
  ['four names of five alike', (row: StatementRow, r: number) => (r % 5 === 0 ? row : { ...row, ni: 100, ceq: 500 })],
  // The last statement, known in the middle of a train span, has a value for one name only.
  [
    'one name with a value',
    (row: StatementRow) =>
      row.permno === chosen ? { ...row, ni: 100, ceq: 500 } : { ...row, ni: row.datadate < LAST ? row.ni : null },
  ],
] as const) {
  test(`a flat signal turns null rows to 0 and leaves the cuts after it alone: ${title}`, () => {
    const kept = statements.filter((row) => covered.has(row.permno)).map(ofStatement)
    const on = panelFromRows(...columnsOf({ prices, statements: kept }))
    const backtest = { ...walkOf().backtest, alpha: { name: 'quality', parameters: {} } }
    const search = { parameters: { winsorizePct: [0.4, 0.01, 0.3] }, metric: 'icir' } as const
    const planned = planWalk(walkOf({ backtest }, search), on)
    const alone = planned.space.combinations.map((parameters) =>
      computeAll(spanBacktest(planned.walkForward, planned.windows[0]!, { span: 'train', parameters }), on),
    )
    assert.ok(alone[0]!.warnings.some((warning) => warning.code === 'flat_signal'))
    assert.deepEqual(
      Array.from(unitsOf(planned, on)[0]!.scores),
      alone.map((result) => result.metrics.icir),
    )
    const hits = planWalk(walkOf({ backtest }, { ...search, metric: 'hit_rate' }), on)
    assert.deepEqual(
      Array.from(unitsOf(hits, on)[0]!.scores),
      alone.map((result) => result.metrics.hit_rate),
    )
  })
}

test('a grid of one point is the direct run, on train and on test', () => {
  const parameters: AlphaParameters = { lookbackDays: 7, winsorizePct: 0.02 }
  const walk = planWalk(walkOf({}, { parameters: { lookbackDays: [7] } }), panel)
  for (const { unit, best, train, test: tested } of unitsOf(walk, panel)) {
    const direct = (span: 'train' | 'test') =>
      computeAll(spanBacktest(walk.walkForward, walk.windows[unit]!, { span, parameters }), panel)
    const run = direct('test')
    assert.equal(best, 0)
    assert.deepEqual(tested!.metrics, run.metrics)
    assert.deepEqual([tested!.dailyIc, tested!.portfolioReturns], [run.dailyIc, run.portfolioReturns])
    assert.deepEqual([tested!.net, tested!.costSummary], [run.costs!.net, run.costs!.summary])
    const inSample = direct('train').metrics
    for (const [name, value] of Object.entries(train!)) assert.equal(value, inSample[name], name)
  }
})

test('a walk without parameters, also of a blend, searches nothing and tests its windows', () => {
  const part = (lookbackDays: number) => ({ name: 'reversal', parameters: { lookbackDays } })
  const blend = {
    of: [part(4), part(9)],
    weighting: 'ic',
    lookbackDays: 40,
    minLookbackDays: 5,
    normalize: true,
  } as const
  const walk = planWalk(walkOf({ backtest: { ...walkOf().backtest, alpha: { blend } } }, { parameters: {} }), panel)
  const result = mergeUnits(walk, unitsOf(walk, panel))
  const window = walk.windows[1]!
  const direct = computeAll(spanBacktest(walk.walkForward, window, { span: 'test', parameters: {} }), panel)
  assert.equal(result.windows[1]!.testIc, direct.metrics.mean_ic)
  assert.deepEqual([result.search.nTrials, result.search.ranges, result.overfittingProbability], [1, null, null])
})

const walk = planWalk(walkOf(), panel)
const reference = unitsOf(walk, panel)

test('units computed alone, backwards, or without room for their scores have the same bytes', () => {
  const memory = allocateWalk(walk, panel)
  const unit = (id: number, on = memory) => computeUnitAll({ walk, panel, memory: on, unit: id })
  const ids = walk.windows.map((window) => window.id)
  const backwards = ids.toReversed().map((id) => unit(id))
  assert.deepEqual(bytesOf(backwards.toReversed()), bytesOf(reference))
  const alone = ids.map((id) => unit(id, allocateWalk(walk, panel)))
  assert.deepEqual(bytesOf(alone), bytesOf(reference))
  const forgetful = { ...allocateWalk(walk, panel), scores: null }
  assert.deepEqual(bytesOf(ids.map((id) => unit(id, forgetful))), bytesOf(reference))
})

for (const metric of ['mean_ic', 'hit_rate'] as const) {
  test(`a memory filled in pieces, on shared memory, gives the same ${metric}`, () => {
    const planned = planWalk(walkOf({}, { metric }), panel)
    const memory = allocateWalk(planned, panel, (bytes) => new SharedArrayBuffer(bytes))
    const { count } = planned.rows
    for (const [from, to] of [
      [Math.floor(count / 3), count],
      [0, 5],
      [5, Math.floor(count / 3)],
    ] as const) {
      for (const day of prepareRows({ walk: planned, panel, memory }, from, to)) assert.ok(day > 0)
    }
    const units = planned.windows.map(({ id: unit }) => computeUnitAll({ walk: planned, panel, memory, unit }))
    assert.deepEqual(bytesOf(units), bytesOf(unitsOf(planned, panel)))
  })
}

test('after a prepared memory no unit writes to it, with room for scores or without', () => {
  for (const roomy of [true, false]) {
    const whole = allocateWalk(walk, panel)
    const memory = roomy ? whole : { ...whole, scores: null }
    const days = [...prepareRows({ walk, panel, memory }, 0, walk.rows.count)]
    assert.equal(days.length, walk.rows.count)
    const before = structuredClone(memory)
    const units = walk.windows.map(({ id: unit }) => computeUnitAll({ walk, panel, memory, unit }))
    assert.deepEqual(memory, before)
    assert.ok(memory.labels.known.every((known) => known === 1))
    assert.deepEqual(bytesOf(units), bytesOf(reference))
  }
})

test('a unit abandoned at any step leaves a memory that the next attempt can use', () => {
  for (const steps of [1, 40, 120, 200]) {
    const memory = allocateWalk(walk, panel)
    const abandoned = computeUnit({ walk, panel, memory, unit: 1 })
    for (let i = 0; i < steps; i++) abandoned.next()
    assert.equal(writeUnit(computeUnitAll({ walk, panel, memory, unit: 1 })), writeUnit(reference[1]!))
  }
})

test('units in any order, read back from their text, merge to the same result', () => {
  const merged = mergeUnits(walk, reference)
  const again = mergeUnits(walk, bytesOf(reference).toReversed().map(readUnit))
  assert.deepEqual(again, merged)
})

test('steps count up to their total, each telling its date', () => {
  const memory = allocateWalk(walk, panel)
  const steps = [...computeUnit({ walk, panel, memory, unit: 1 })]
  const total = steps[0]!.total
  assert.deepEqual(
    steps.map((step) => [step.unit, step.done, step.total]),
    Array.from({ length: total }, (_, i) => [1, i + 1, total]),
  )
  assert.deepEqual([...new Set(steps.map((step) => step.step))], ['search', 'train', 'test'])
  const { trainStart, testEnd } = walk.windows[1]!
  assert.ok(steps.every((step) => step.date >= trainStart && step.date <= testEnd))
})

test('the stitched series holds every test day once, in order', () => {
  const { dailyIc, portfolioReturns, net, windows } = mergeUnits(walk, reference)
  for (const dates of [dailyIc.dates, portfolioReturns.dates, net!.dates]) {
    assert.ok(dates.every((day, i) => i === 0 || day > dates[i - 1]!))
    assert.ok(dates.every((day) => windows.some(({ testStart, testEnd }) => day >= testStart && day <= testEnd)))
  }
  const days = panel.dates.filter((day) => day >= windows[0]!.testStart && day <= windows.at(-1)!.testEnd)
  assert.deepEqual(dailyIc.dates, days)
})

test('purge and embargo reach the runs', () => {
  const plan = walkOf()
  const apart = planWalk({ ...plan, windows: { ...plan.windows, purgeDays: 5, embargoDays: 3 } }, panel)
  apart.windows.forEach((window, at) => {
    const plain = walk.windows[at]!
    assert.equal(window.train.count, plain.train.count - 5)
    assert.deepEqual([window.test.first, window.test.count], [plain.test.first + 3, plain.test.count - 3])
  })
})

test('a window without a score chooses nothing, is listed and left out', () => {
  // Twenty names never make the thirty pairs of a daily IC.
  const thin = market(8, 20)
  const planned = planWalk(walkOf(), thin)
  const result = mergeUnits(planned, unitsOf(planned, thin))
  const ids = planned.windows.map((window) => window.id)
  assert.deepEqual(result.aggregated.nanWindows, ids)
  assert.ok(result.windows.every((window) => window.test === null && Number.isNaN(window.bestScore)))
  assert.deepEqual(result.windows[0]!.bestParameters, { lookbackDays: 4, winsorizePct: 0.05 })
  assert.equal(result.dailyIc.dates.length, 0)
  const codes = result.warnings.map((warning) => warning.code)
  assert.ok(codes.includes('windows_without_score') && codes.includes('overfitting_undetermined'))
})

test('a combination that never has a score does not hide the evidence of the others', () => {
  // No name has so many returns in so few days.
  const parameters = { lookbackDays: [4, 9], minObservations: [2, 500] }
  const backtest = { ...walkOf().backtest, alpha: { name: 'volatility', parameters: {} } }
  const planned = planWalk(walkOf({ backtest }, { parameters }), panel)
  for (const { evidence, scores } of unitsOf(planned, panel)) {
    assert.deepEqual([Number.isNaN(scores[1]), Number.isNaN(scores[0])], [true, false])
    assert.ok(evidence!.trials === 4 && evidence!.days > 60 && evidence!.overfittingProbability !== null)
  }
})

test('a random search that repeats a try says so and computes it once', () => {
  const search = {
    method: 'random',
    generator: 'python-mt19937',
    parameters: { lookbackDays: [4, 9] },
    iterations: 4,
  } as const
  const planned = planWalk(walkOf({}, { ...search, seed: 7 }), panel)
  const result = mergeUnits(planned, unitsOf(planned, panel))
  assert.deepEqual(
    result.search.tries.map((parameters) => parameters.lookbackDays),
    [4, 4, 9, 4],
  )
  assert.equal(result.search.nTrials, 2)
  assert.equal(result.search.scores[0], result.search.scores[1])
  assert.ok(result.warnings.some((warning) => warning.code === 'repeated_tries'))
})

for (const [title, units, message] of [
  ['none', [], /units none/],
  ['one missing', reference.slice(1), /units 1, 2/],
  ['one twice', [reference[0]!, ...reference], /units 0, 0/],
  [
    'one of another walk',
    reference.map((unit) => ({ ...unit, window: { ...unit.window, testEnd: 0 } })),
    /another walk/,
  ],
] as const) {
  test(`merging refuses units: ${title}`, () => {
    assert.throws(() => mergeUnits(walk, units), { code: 'invariant_violated', message })
  })
}

for (const [title, text] of [
  ['no JSON', 'unit'],
  ['another version', '{"version":0}'],
  ['null', 'null'],
] as const) {
  test(`a stored unit that is ${title} is refused`, () => {
    assert.throws(() => readUnit(text), { code: 'artifact_corrupt' })
  })
}

for (const [title, change, search, error] of [
  ['an unknown parameter', {}, { parameters: { lookback: [1] } }, { code: 'invalid_alpha_params' }],
  [
    'a span after the last price',
    { backtest: { ...walkOf().backtest, endDate: '2022-03-31' } },
    {},
    { code: 'pit_violation', message: /^window \d+, test span: / },
  ],
  [
    'a blend with something to search',
    { backtest: { ...walkOf().backtest, alpha: { blend: { of: [] } } } as unknown as WalkForward },
    {},
    { code: 'walkforward_invalid', field: '/spec/search/parameters' },
  ],
] as const) {
  test(`planning refuses ${title}`, () => {
    const asked = { ...walkOf({}, search), ...change } as WalkForward
    assert.throws(() => planWalk(asked, panel), error)
  })
}

test('the last row of the panel is no run day of a walk', () => {
  const last = formatIsoDate(panel.dates.at(-1)!)
  const planned = planWalk(walkOf({ backtest: { ...walkOf().backtest, endDate: last } }), panel)
  assert.ok(planned.rows.first + planned.rows.count < panel.dates.length)
})
