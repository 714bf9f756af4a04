import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { RUN } from '../test/contract/sample-run.ts'
import { HindcastError } from './errors.ts'
import { configHash, jobIdOf } from './identity.ts'
import {
  backtestComputation,
  type Catalog,
  identityOf,
  planBacktest,
  planComputation,
  planMonteCarlo,
  planWalkForward,
  type SnapshotEntry,
} from './plan.ts'
import type { Backtest, BacktestRequest, MonteCarlo, WalkForward } from './request.ts'

const snapshot: SnapshotEntry = {
  snapshotId: 'sp500-2f6c0a91',
  dataset: 'sp500',
  fullSha256: '2f6c0a91'.padEnd(64, '0'),
  startDate: '2013-02-08',
  endDate: '2018-02-07',
  datasetVersionIds: { crsp: '1:2f6c0a91' },
}
const older: SnapshotEntry = { ...snapshot, snapshotId: 'sp500-00000001', endDate: '2017-12-29' }
const foreign: SnapshotEntry = { ...snapshot, snapshotId: 'nasdaq-00000002', dataset: 'nasdaq' }
const catalog: Catalog = {
  newest: new Map([
    ['sp500', snapshot.snapshotId],
    ['nasdaq', foreign.snapshotId],
  ]),
  snapshots: new Map([snapshot, older, foreign].map((entry) => [entry.snapshotId, entry])),
}

const backtest: Backtest = {
  dataset: 'sp500',
  snapshotId: null,
  alpha: {
    name: 'momentum',
    parameters: { lookbackDays: 252, skipDays: 21, winsorizePct: 0.01, universeFilter: 'all' },
  },
  startDate: '2015-01-02',
  endDate: '2015-12-31',
  weightMethod: 'zscore',
  decayHorizons: [1, 2, 5, 10, 20, 60],
  costModel: null,
  quantiles: null,
}
const request: BacktestRequest = {
  kind: 'Backtest',
  name: 'momentum-2015',
  namespace: 'default',
  createdBy: null,
  run: RUN,
  backtest,
}
const costs = { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1_000_000 }
const buckets = { count: 5, holdingPeriodDays: 20, skipDays: 1, minObservationsPerDate: 50, minTotalDates: 50 }

const idOf = (change: Partial<Backtest>, head: Partial<BacktestRequest> = {}): string =>
  planBacktest({ ...request, ...head, backtest: { ...backtest, ...change } }, catalog).jobId

/**
 * Test vectors of the job id: the same on a laptop, in the API, the operator and the runner, and in every release.
 * One that changes means that every record of the past is lost: add a field only where it is hashed when it differs
 * from its default.
 */
const VECTORS: readonly [title: string, id: string, change: Partial<Backtest>, head?: Partial<BacktestRequest>][] = [
  ['every default', 'b4ef51386e758eff46b54abf9e38f325', {}],
  ['another namespace', '553d6a2f9a70db431d75250b9dfc9da8', {}, { namespace: 'quant' }],
  ['costs', '68a0e7a6582c8c188daa164e91f0d15c', { costModel: costs }],
  ['costs of 6 basis points', '5994cd0fe67897e0a3b84d373b2432cb', { costModel: { ...costs, bpsPerTrade: 6 } }],
  ['quantiles', 'b329909ac09ff6583446a4fa60621cd4', { quantiles: buckets }],
  ['an older snapshot', '24409586ab3e123398735683542d9b27', { snapshotId: older.snapshotId }],
  [
    'another look back',
    '5d853a188c19f68f584b301dd28ded45',
    {
      alpha: {
        name: 'momentum',
        parameters: { lookbackDays: 126, skipDays: 21, winsorizePct: 0.01, universeFilter: 'all' },
      },
    },
  ],
  ['other dates', 'a826852c8c6f317a499602a588d3b94a', { startDate: '2015-01-05' }],
  ['other horizons', '9b2fff741babba3e54d3b340f11f5c15', { decayHorizons: [1, 2, 5, 10, 20] }],
  ['another weight method', 'cd5a37852599f8097e8d5f039a6f28ff', { weightMethod: 'rank' }],
]
for (const [title, id, change, head] of VECTORS) {
  test(`job id of a Backtest with ${title}`, () => assert.equal(idOf(change, head), id))
}

test('the ids of the vectors are all different', () => {
  assert.equal(new Set(VECTORS.map(([, id]) => id)).size, VECTORS.length)
})

test('who asks, under what name and how it runs make no other job', () => {
  const run = { ...request.run, priority: 'high', cpu: 8, memoryLimitBytes: 2 ** 30, timeoutSeconds: 300 } as const
  assert.equal(idOf({}, { name: 'other', createdBy: 'ana', run }), idOf({}))
})

test('naming the newest snapshot is the same as naming none', () => {
  assert.equal(idOf({ snapshotId: snapshot.snapshotId }), idOf({}))
})

test('a plan holds the snapshot it pinned, and the hash whose half is its id', () => {
  const plan = planBacktest(request, catalog)
  assert.deepEqual(plan.snapshot, snapshot)
  assert.equal(plan.backtest.snapshotId, snapshot.snapshotId)
  assert.equal(plan.configHash, configHash(identityOf('Backtest', 'default', backtestComputation(plan.backtest))))
  assert.equal(plan.jobId, jobIdOf(plan.configHash))
})

const REFUSED: readonly [title: string, change: Partial<Backtest>, code: string, field: string, message: RegExp][] = [
  ['a dataset nobody imported', { dataset: 'ftse' }, 'dataset_not_found', '/spec/dataset', /known: nasdaq, sp500/],
  [
    'a snapshot that is not there',
    { snapshotId: 'sp500-ffffffff' },
    'snapshot_not_found',
    '/spec/snapshotId',
    /known: sp500-00000001, sp500-2f6c0a91/,
  ],
  [
    'a snapshot of another dataset',
    { snapshotId: foreign.snapshotId },
    'snapshot_not_found',
    '/spec/snapshotId',
    /nasdaq-00000002/,
  ],
  ['an end after the last price', { endDate: '2018-02-08' }, 'pit_violation', '/spec/endDate', /2018-02-07/],
  [
    'an end after the last price of an older snapshot',
    { snapshotId: older.snapshotId, endDate: '2018-01-02' },
    'pit_violation',
    '/spec/endDate',
    /2017-12-29/,
  ],
]
for (const [title, change, code, field, message] of REFUSED) {
  test(`${title} is refused`, () => {
    assert.throws(
      () => idOf(change),
      (thrown) =>
        thrown instanceof HindcastError &&
        thrown.code === code &&
        thrown.field === field &&
        message.test(thrown.message),
    )
  })
}

test('an end on the last day of the prices is no look ahead', () => {
  assert.equal(
    planBacktest({ ...request, backtest: { ...backtest, endDate: '2018-02-07' } }, catalog).backtest.endDate,
    '2018-02-07',
  )
})

test('an empty catalogue says how to fill it', () => {
  const empty: Catalog = { newest: new Map(), snapshots: new Map() }
  assert.throws(() => planBacktest(request, empty), /it is empty.*hindcast dataset import sp500/s)
})

const walkForward: WalkForward = {
  backtest,
  windows: { trainMonths: 12, testMonths: 3, stepMonths: 3, minTrainDays: 252, purgeDays: 0, embargoDays: 0 },
  search: {
    method: 'grid',
    parameters: { lookbackDays: [63, 126, 252], skipDays: [5, 21] },
    metric: 'mean_ic',
    iterations: 10,
    seed: 42,
    generator: 'counter',
  },
  overfittingThreshold: 2,
}
const planWalk = (change: Partial<WalkForward>, parallelism = 1) =>
  planWalkForward({ ...request, kind: 'WalkForward', parallelism, walkForward: { ...walkForward, ...change } }, catalog)

/** As the vectors of a Backtest. */
const WALK_VECTORS: readonly [title: string, id: string, change: Partial<WalkForward>][] = [
  ['every default', 'ae5680d4cdd9999b90b8e59fb63797a7', {}],
  [
    'an older snapshot',
    'ef229ed8af01bc645921037c83504322',
    { backtest: { ...backtest, snapshotId: older.snapshotId } },
  ],
  ['costs', 'cef46d6dd4864ffd4df99370ce11bf5f', { backtest: { ...backtest, costModel: costs } }],
  ['a purge', 'e3156d42fdd728c390bbfbdb2f7a876c', { windows: { ...walkForward.windows, purgeDays: 5 } }],
  ['another grid', '1a43b384da2c14afd8be889b6c83c83a', { search: { ...walkForward.search, parameters: {} } }],
  ['another threshold', '6a70defa8daaf9ed3df85d97f2b06836', { overfittingThreshold: 1.5 }],
]
for (const [title, id, change] of WALK_VECTORS) {
  test(`job id of a WalkForward with ${title}`, () => assert.equal(planWalk(change).jobId, id))
}

test('how many workers walk makes no other job', () => {
  assert.equal(planWalk({}, 4).jobId, planWalk({}).jobId)
})

test('a walk pins one snapshot for all, and its computation gives its hash', () => {
  const plan = planWalk({})
  assert.equal(plan.walkForward.backtest.snapshotId, snapshot.snapshotId)
  assert.equal(plan.configHash, configHash(identityOf('WalkForward', 'default', planComputation(plan))))
})

test('a walk that cannot be planned names the field of its backtest', () => {
  const late = { backtest: { ...backtest, endDate: '2018-02-08' } }
  assert.throws(() => planWalk(late), { code: 'pit_violation', field: '/spec/backtest/endDate' })
})

const monteCarlo: MonteCarlo = {
  source: { name: 'momentum-2015' },
  simulations: 1000,
  method: 'bootstrap',
  blockLength: null,
  seed: null,
  confidenceLevels: [0.05, 0.5, 0.95],
  basis: 'gross',
  generator: 'counter',
}
const source = { jobId: 'b'.repeat(32), contentSha256: 'c'.repeat(64), manifestSha256: null, resultPath: 'default/b/1' }
const planPaths = (change: Partial<MonteCarlo>, of = source) => {
  const from = { backtest: { ...backtest, snapshotId: snapshot.snapshotId }, source: of, snapshot }
  return planMonteCarlo({ namespace: 'default', monteCarlo: { ...monteCarlo, ...change } }, from)
}

/** As the vectors of a Backtest. */
const PATH_VECTORS: readonly [title: string, id: string, change: Partial<MonteCarlo>][] = [
  ['every default', '8691cb06daeb17e7bb6895b775f77a4f', {}],
  ['a seed', '01a285cde5e93d6305d95a71a4e3b6ee', { seed: 42 }],
  ['blocks', '6f1758011998d478cffcc5bec6fe1b06', { method: 'stationary', blockLength: 5 }],
  ['net returns', 'a767c2917a5f3ed4dc04e71c4abde78f', { basis: 'net' }],
]
for (const [title, id, change] of PATH_VECTORS) {
  test(`job id of a MonteCarlo with ${title}`, () => assert.equal(planPaths(change).jobId, id))
}

test('a source is what it names: another name of the same result is the same job, another result is another', () => {
  assert.equal(planPaths({ source: { jobId: source.jobId } }).jobId, planPaths({}).jobId)
  assert.notEqual(planPaths({}, { ...source, contentSha256: 'd'.repeat(64) }).jobId, planPaths({}).jobId)
  assert.equal(planPaths({}, { ...source, resultPath: 'default/b/2' }).jobId, planPaths({}).jobId)
})

test('an absent seed is the first 31 bits of the hash of the rest, and then as good as written out', () => {
  const { seed } = planPaths({}).monteCarlo
  assert.equal(planPaths({ seed }).jobId, planPaths({}).jobId)
  assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31)
  assert.notEqual(planPaths({ simulations: 999 }).monteCarlo.seed, seed)
})
