import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createMetrics, type Gauges } from './metrics.ts'

const gauges: Gauges = {
  leads: true,
  postgresUp: false,
  redisUp: true,
  recordPending: 2,
  heartbeatAgeSeconds: 1.5,
  stores: { usedBytes: 10, freeBytes: 20 },
  jobs: [{ kind: 'backtest', status: 'running', priority: 'high', count: 3 }],
  waiting: { high: 1, low: 4 },
  lanes: { cancel: 0, admit: 7 },
  watchAgeSeconds: { Job: 12 },
  pool: { open: 5, idle: 2, waiting: 0 },
}

test('states are read when they are asked for, and what went away is not shown again', async () => {
  let now = gauges
  const metrics = createMetrics(() => now)
  const first = (await metrics.render()).text
  for (const line of [
    'hindcast_leader 1',
    'hindcast_postgres_up 0',
    'hindcast_record_pending 2',
    'backtest_parquet_storage_bytes_total 10',
    'hindcast_artifact_free_bytes 20',
    'hindcast_jobs{kind="backtest",status="running",priority="high"} 3',
    'hindcast_queue_depth{priority="low"} 4',
    'hindcast_database_connections{state="open"} 5',
  ]) {
    assert.ok(first.includes(`${line}\n`), line)
  }
  now = { ...gauges, jobs: [], pool: null, stores: { usedBytes: 10, freeBytes: null } }
  const second = (await metrics.render()).text
  assert.ok(!/^hindcast_(jobs\{|database_connections\{|artifact_free_bytes )/m.test(second))
})

test('a pass is counted by its rule', async () => {
  const metrics = createMetrics(() => gauges)
  metrics.reconciles.inc({ rule: 'hold', result: 'ok' })
  assert.ok((await metrics.render()).text.includes('hindcast_reconcile_total{rule="hold",result="ok"} 1\n'))
})

test('two operators of one process count for themselves', async () => {
  const [one, other] = [createMetrics(() => gauges), createMetrics(() => gauges)]
  one.lost.inc()
  assert.ok((await other.render()).text.includes('hindcast_lost_jobs_total 0\n'))
})

test('the page of the operator names only metrics that there are', async () => {
  const page = readFileSync(join(import.meta.dirname, '../docs/operator.md'), 'utf8')
  const { text } = await createMetrics(() => gauges).render()
  const named = page.match(/hindcast_[a-z_]+/g) ?? []
  assert.ok(named.length > 10)
  for (const name of named) assert.ok(text.includes(`# HELP ${name} `), name)
})
