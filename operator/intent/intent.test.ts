import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { HindcastError } from '../../core/errors.ts'
import { type Catalog, planBacktest, type SnapshotEntry } from '../../core/plan.ts'
import type { BacktestRequest } from '../../core/request.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import { jobOfPlan } from '../../storage/ledger/rows/job-of-plan.ts'
import { type IntentFacts, intentOf } from './intent.ts'
import { readResource } from './read-resource.ts'
import type { FoundSource, Sources } from './source.ts'

const TODAY = '2026-11-23'
const example = (file: string, change: (object: KubeObject & { spec: Record<string, unknown> }) => void = () => {}) => {
  const object = parse(readFileSync(join(import.meta.dirname, '../../examples', file), 'utf8'))
  object.metadata = { ...object.metadata, namespace: 'default' }
  change(object)
  return readResource(object, TODAY)
}

const momentum = example('momentum-sp500.yaml')
const request = ('request' in momentum ? momentum.request : null) as BacktestRequest
const { dataset } = request.backtest
const entry = (hex: string): SnapshotEntry => ({
  snapshotId: `${dataset}-${hex}`,
  dataset,
  fullSha256: hex.repeat(8),
  startDate: '2010-01-04',
  endDate: '2026-01-02',
  datasetVersionIds: { crsp: '1:00' },
})
const catalog: Catalog = {
  newest: new Map([[dataset, `${dataset}-22222222`]]),
  snapshots: new Map([entry('11111111'), entry('22222222')].map((one) => [one.snapshotId, one])),
}

const NO_SOURCES: Sources = { ownerUid: 'mine', job: async () => null, backtest: async () => null }
const facts = (change: Partial<IntentFacts> = {}): IntentFacts => ({
  reading: momentum,
  job: null,
  pinned: null,
  catalog: async () => catalog,
  sources: NO_SOURCES,
  ...change,
})
const planOf = async (change: Partial<IntentFacts> = {}) => {
  const intent = await intentOf(facts(change))
  return intent.is === 'planned' ? intent.plan : assert.fail(JSON.stringify(intent))
}

/** A row of the example, completed, as the ledger gives it back. */
function completed(change: Partial<Job> = {}): Job {
  const plan = planBacktest(request, catalog)
  const { config, ...row } = jobOfPlan(plan, {
    createdBy: 'ada',
    priority: 'normal',
    timeoutSeconds: 3600,
    deletionPolicy: 'retain',
  })
  const result = { contentSha256: 'c'.repeat(64), manifestSha256: 'm', resultPath: `default/${plan.jobId}/1` }
  return { ...row, configJson: config, status: 'completed', ...result, ...change } as unknown as Job
}

test('without a pin the newest snapshot is planned on', async () => {
  assert.equal((await planOf()).backtest.snapshotId, `${dataset}-22222222`)
})

test('what the status has pinned stays, whatever came after', async () => {
  assert.equal((await planOf({ pinned: `${dataset}-11111111` })).backtest.snapshotId, `${dataset}-11111111`)
})

test('a row is never planned again, also when its snapshot is known no more', async () => {
  const empty: Catalog = { newest: new Map(), snapshots: new Map() }
  const job = completed()
  const plan = await planOf({ job, catalog: async () => empty })
  assert.deepEqual([plan.jobId, plan.configHash], [job.jobId, job.configHash])
})

test('a dataset that nobody imported ends it, with what to do', async () => {
  const intent = await intentOf(facts({ catalog: async () => ({ newest: new Map(), snapshots: new Map() }) }))
  assert.deepEqual([intent.is, 'code' in intent && intent.code], ['invalid', 'dataset_not_found'])
  assert.match('message' in intent ? (intent.message ?? '') : '', /hindcast dataset import/)
})

test('a record that is away is no verdict', async () => {
  const away = new HindcastError('database_unavailable', 'away')
  await assert.rejects(intentOf(facts({ catalog: () => Promise.reject(away) })), away)
})

test('a bad manifest ends it with the code of its first fault', async () => {
  const reading = example('momentum-sp500.yaml', (object) => Object.assign(object.spec, { weightMethod: 'cubed' }))
  const intent = await intentOf(facts({ reading }))
  assert.deepEqual([intent.is, 'code' in intent && intent.code], ['invalid', 'invalid_weight_method'])
})

test('a resource that is gone asks for nothing', async () => {
  assert.deepEqual(await intentOf(facts({ reading: null })), { is: 'unknown' })
})

const found = (change: Partial<FoundSource> = {}): FoundSource => ({
  controllerUid: null,
  ended: true,
  job: completed(),
  failure: null,
  ...change,
})
const paths = example('monte-carlo.yaml', (object) => {
  const { backtest: _, backtestRef: __, ...rest } = object.spec
  object.spec = { ...rest, backtestRef: { name: 'source' } }
})
const inline = example('monte-carlo.yaml', (object) => {
  const { backtestRef: _, ...rest } = object.spec
  const source = parse(readFileSync(join(import.meta.dirname, '../../examples/momentum-sp500.yaml'), 'utf8'))
  object.spec = { ...rest, backtest: source.spec }
})

const sources: readonly [title: string, reading: typeof paths, source: FoundSource | null, is: string, what: RegExp][] =
  [
    ['a source that does not exist is waited for', paths, null, 'waiting', /does not exist/],
    [
      'a source that runs is waited for',
      paths,
      found({ job: completed({ status: 'running' }) }),
      'waiting',
      /is running/,
    ],
    ['a source that is not recorded is waited for', paths, found({ job: null }), 'waiting', /not recorded/],
    ['a source that failed ends it', paths, found({ job: completed({ status: 'failed' }) }), 'invalid', /is failed/],
    [
      'a source that was never valid ends it',
      paths,
      found({ job: null, failure: 'unknown_alpha' }),
      'invalid',
      /unknown_alpha/,
    ],
    [
      'a source of another kind ends it',
      paths,
      found({ job: completed({ kind: 'walkforward' }) }),
      'invalid',
      /no Backtest/,
    ],
    ['an inline source is to be made', inline, null, 'sourceless', /^$/],
    [
      "an inline source that is another's ends it",
      inline,
      found({ controllerUid: 'other' }),
      'invalid',
      /somebody else/,
    ],
  ]
for (const [title, reading, source, is, what] of sources) {
  test(title, async () => {
    const intent = await intentOf(facts({ reading, sources: { ...NO_SOURCES, backtest: async () => source } }))
    assert.equal(intent.is, is)
    assert.match('message' in intent ? (intent.message ?? '') : '', what)
  })
}

test('a completed source is named in the plan by its job and its content', async () => {
  const plan = await planOf({ reading: paths, sources: { ...NO_SOURCES, backtest: async () => found() } })
  const { jobId, contentSha256 } = completed()
  assert.equal(plan.kind, 'MonteCarlo')
  assert.deepEqual('monteCarlo' in plan && plan.monteCarlo.source, { jobId, contentSha256 })
})

test('an inline source that is ours is planned from', async () => {
  const backtest = async () => found({ controllerUid: 'mine' })
  assert.equal((await planOf({ reading: inline, sources: { ...NO_SOURCES, backtest } })).kind, 'MonteCarlo')
})
