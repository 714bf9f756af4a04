import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ResourceStatus } from '../../core/status/shape.ts'
import type { Standing } from '../../storage/ledger/operator/port.ts'
import type { OperatorConfig } from '../config.ts'
import { shownFacts } from './shown.ts'

const NOW = Date.parse('2026-11-23T10:00:00Z')
const config = {
  store: { kind: 'pvc', claim: 'results' },
  clocks: { statusMs: 10_000 },
  timeoutSeconds: 3600,
  memoryLimitBytes: 4_294_967_296,
} as OperatorConfig
const standing = {
  job: { status: 'running' },
  attempt: { attempt: 2, unitsTotal: null },
  unitsDone: 0,
} as unknown as Standing

/** A status that shows 40 % since so many seconds. */
const shown = (secondsAgo: number, change: object = {}): ResourceStatus => ({
  attempt: 2,
  progress: {
    percent: 40,
    stage: 'computing',
    updatedAt: new Date(NOW - secondsAgo * 1000).toISOString(),
    source: 'redis',
    ...change,
  },
})
const fresh = (percent: number, stage = 'computing') => ({ percent, stage, date: null, source: 'redis' as const })

const cases: readonly [
  title: string,
  status: ResourceStatus | null,
  at: ReturnType<typeof fresh> | null,
  percent: number | null,
][] = [
  ['the first word of an attempt is shown at once', null, fresh(2), 2],
  ['what moved by a point is shown after ten seconds', shown(10), fresh(41), 41],
  ['what moved within ten seconds waits', shown(9), fresh(60), 40],
  ['what did not move is not written again', shown(60), fresh(40), 40],
  ['a new stage is news without a point more', shown(10), fresh(40, 'saving_parquet'), 40],
  ['a percentage never goes back', shown(60), fresh(30), 40],
  ['with nothing known the last word stays', shown(60), null, 40],
  ['a further attempt begins anew', { ...shown(1), attempt: 1 }, fresh(0), 0],
  ['without a word nothing is shown', null, null, null],
]
for (const [title, status, at, percent] of cases) {
  test(title, () => {
    const { progress } = shownFacts({ standing, status, fresh: at, now: NOW, config })
    assert.equal(progress?.percent ?? null, percent)
    if (at !== null && progress?.percent === at.percent) assert.equal(progress?.stage, at.stage)
  })
}

test('units count as done once the result stands', () => {
  const of = (status: string) =>
    shownFacts({
      standing: {
        ...standing,
        job: { status },
        attempt: { attempt: 2, unitsTotal: 8 },
        unitsDone: 3,
      } as unknown as Standing,
      status: null,
      fresh: null,
      now: NOW,
      config,
    }).units
  assert.deepEqual(of('running'), { total: 8, done: 3 })
  assert.deepEqual(of('completed'), { total: 8, done: 8 })
})

test('results are shown under a claim or a bucket', () => {
  const root = (store: OperatorConfig['store']) =>
    shownFacts({ standing, status: null, fresh: null, now: NOW, config: { ...config, store } }).storeRoot
  assert.equal(root({ kind: 'pvc', claim: 'results' }), 'pvc:results')
  assert.equal(root({ kind: 's3', url: 's3://bucket/some/' }), 's3://bucket/some')
})
