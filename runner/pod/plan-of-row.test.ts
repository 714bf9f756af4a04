import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { type Catalog, type Plan, planBacktest, planMonteCarlo, planWalkForward } from '../../core/plan.ts'
import type { Backtest } from '../../core/request.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import { jobOfPlan } from '../../storage/ledger/rows/job-of-plan.ts'
import { RUN } from '../../test/contract/sample-run.ts'
import { type Lookups, planOfRow } from './plan-of-row.ts'

const snapshot = {
  snapshotId: 'sp500-2f6c0a91',
  dataset: 'sp500',
  fullSha256: 'ab'.repeat(32),
  startDate: '2010-01-04',
  endDate: '2020-12-31',
  datasetVersionIds: { crsp: '1:x' },
}
const catalog: Catalog = {
  newest: new Map([['sp500', snapshot.snapshotId]]),
  snapshots: new Map([[snapshot.snapshotId, snapshot]]),
}
const backtest: Backtest = {
  dataset: 'sp500',
  snapshotId: null,
  alpha: { name: 'momentum', parameters: { lookbackDays: 252, skipDays: 21 } },
  startDate: '2015-01-02',
  endDate: '2015-12-31',
  weightMethod: 'zscore',
  decayHorizons: [1, 5],
  costModel: { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1e6 },
  quantiles: null,
}
const head = {
  name: 'x',
  namespace: 'research',
  createdBy: null,
  run: RUN,
} as const

const single = planBacktest({ ...head, kind: 'Backtest', backtest }, catalog)
const walk = planWalkForward(
  {
    ...head,
    kind: 'WalkForward',
    parallelism: 1,
    walkForward: {
      backtest,
      windows: { trainMonths: 6, testMonths: 3, stepMonths: 3, minTrainDays: 60, purgeDays: 0, embargoDays: 0 },
      search: {
        method: 'grid',
        parameters: { lookbackDays: [63, 126], skipDays: [5, 21], winsorizePct: [0.01] },
        metric: 'mean_ic',
        iterations: 10,
        seed: 42,
        generator: 'counter',
      },
      overfittingThreshold: 2,
    },
  },
  catalog,
)
const result = { jobId: single.jobId, contentSha256: 'cd'.repeat(32), manifestSha256: null, resultPath: 'r/x/1' }
const paths = planMonteCarlo(
  {
    namespace: 'research',
    monteCarlo: {
      source: { jobId: single.jobId },
      simulations: 100,
      method: 'bootstrap',
      blockLength: null,
      seed: null,
      confidenceLevels: [0.05, 0.5],
      basis: 'gross',
      generator: 'counter',
    },
  },
  {
    backtest: single.backtest,
    source: result,
    snapshot: { ...snapshot, startDate: undefined, endDate: undefined } as never,
  },
)

/** What PostgreSQL keeps of a row: JSONB orders members by length, then by byte. */
function rowOf(plan: Plan): Job {
  const asked = { createdBy: 'ada', priority: 'normal', timeoutSeconds: 3600, deletionPolicy: 'retain' } as const
  const { config, ...rest } = jobOfPlan(plan, asked)
  return { ...rest, configJson: asJsonb(JSON.parse(JSON.stringify(config))) } as unknown as Job
}

function asJsonb(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonb)
  if (value === null || typeof value !== 'object') return value
  const members = Object.entries(value).toSorted(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, asJsonb(member)]))
}

const lookups: Lookups = {
  snapshot: async (id) => {
    assert.equal(id, snapshot.snapshotId)
    return snapshot
  },
  source: async () => ({
    job: rowOf(single),
    result,
    datasetVersionIds: snapshot.datasetVersionIds,
    fullSha256: snapshot.fullSha256,
  }),
}

for (const plan of [single, walk] as const) {
  test(`the row of a ${plan.kind} gives its plan back`, async () => {
    assert.deepEqual(await planOfRow(rowOf(plan), lookups), plan)
  })
}

test('the row of a MonteCarlo gives its plan back, its Backtest from its source', async () => {
  const found = await planOfRow(rowOf(paths), lookups)
  const { startDate: _, endDate: __, ...read } = snapshot
  assert.deepEqual(found, { ...paths, snapshot: read })
})

test('the parameters of a search are tried in their order, whatever the record made of it', async () => {
  const found = await planOfRow(rowOf(walk), lookups)
  assert.ok(found.kind === 'WalkForward')
  assert.deepEqual(Object.keys(found.walkForward.search.parameters), ['lookbackDays', 'skipDays', 'winsorizePct'])
})

const CHANGES: readonly [title: string, change: (row: Job) => Partial<Job>][] = [
  ['another date', ({ configJson }) => ({ configJson: { ...configJson, endDate: '2015-11-30' } })],
  ['a field more', ({ configJson }) => ({ configJson: { ...configJson, more: 1 } })],
  ['another namespace', () => ({ namespace: 'other' })],
  ['another hash', () => ({ configHash: 'f'.repeat(64) })],
  ['the id of another job', () => ({ jobId: 'f'.repeat(32) })],
]
for (const [title, change] of CHANGES) {
  test(`a row with ${title} is refused`, async () => {
    const row = rowOf(single)
    await assert.rejects(planOfRow({ ...row, ...change(row) }, lookups), { code: 'config_invalid' })
  })
}

test('a snapshot that is not there is told of as the store tells it', async () => {
  const gone = { ...lookups, snapshot: () => Promise.reject(new Error('gone')) }
  await assert.rejects(planOfRow(rowOf(single), gone), /gone/)
})
