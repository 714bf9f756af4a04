import { strict as assert } from 'node:assert'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { ERRORS } from '../../core/errors.ts'
import { EVENTS } from '../../core/events.ts'
import { camelCase, extraConditions, mainConditions } from '../../core/status/conditions.ts'
import type { ExtraConditions, Moment } from '../../core/status/shape.ts'
import { createMetrics } from '../../operator/metrics.ts'
import { statusFor } from '../../operator/reconcile/status-for.ts'
import { PULL_REASONS } from '../../operator/reconcile/waiting-pod.ts'
import { observed } from '../operator/any-observed.ts'
import { CLOCKS } from '../operator/observed.ts'

/** docs/operator.md names every metric, condition, reason and event, and none that is not. */
const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/operator.md'), 'utf8')

/** Words in backticks in the first cell of each row of the table with that head. */
function named(head: string): readonly string[] {
  const table = PAGE.slice(PAGE.indexOf(`| ${head} |`)).split('\n\n')[0] ?? ''
  const cells = table.split('\n').slice(2)
  return cells.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, word]) => word!))
}

test('every metric of the operator is on its page, and no other', async () => {
  const { render } = createMetrics(() => ({
    leads: true,
    postgresUp: true,
    redisUp: true,
    recordPending: 0,
    stores: { usedBytes: 0, freeBytes: 0 },
    heartbeatAgeSeconds: 0,
    jobs: [],
    waiting: {},
    lanes: {},
    watchAgeSeconds: {},
    pool: null,
  }))
  const names = [...(await render()).text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name!)
  assert.deepEqual(named('metric').toSorted(), names.toSorted())
})

test('every event that a resource can have is on the page, and no other', () => {
  const reasons = new Set(Object.values(EVENTS).flatMap(({ reason }) => (reason === null ? [] : [reason])))
  assert.deepEqual(named('event').toSorted(), [...reasons].toSorted())
})

const MOMENTS: readonly Moment[] = [
  { is: 'waiting', admitted: false, reason: 'NoSlot', message: '' },
  { is: 'running' },
  { is: 'suspended' },
  { is: 'completed', reused: false },
  { is: 'failed', class: 'timeout', message: '' },
  { is: 'cancelled', message: '' },
]
const ALL: { readonly [Key in keyof ExtraConditions]-?: string } = {
  recordPending: 'x',
  runnerNotConfigured: 'x',
  unschedulable: 'x',
  retryScheduled: 'x',
  retriesExhausted: 'x',
  storageFull: 'x',
  noProgress: 'x',
  redisDegraded: 'x',
  trainOverlap: 'x',
  unrecorded: '',
}

test('every condition is on the page, and no other', () => {
  const main = MOMENTS.flatMap((moment) => mainConditions(moment, true))
  const extra = extraConditions({ ...ALL, unrecorded: null })
  const types = new Set([...main, ...extra].map(({ type }) => type))
  assert.deepEqual(named('condition').toSorted(), [...types].toSorted())
})

test('every reason that a status can have is on the page', () => {
  const classes = [...Object.keys(ERRORS), 'failed'].map(camelCase)
  // Tests make up kubelet's words, and classes of records of other versions.
  const known = new Set([...PAGE.matchAll(/`(\w+)`/g)].map(([, word]) => word!).concat(classes, PULL_REASONS))
  const unknown = new Set<string>()
  for (const seen of fc.sample(observed, 3_000)) {
    for (const { type, reason } of statusFor(seen, CLOCKS).conditions ?? []) {
      if (!known.has(reason)) unknown.add(`${type}: ${reason}`)
    }
  }
  assert.deepEqual([...unknown], [])
})

test('no reason is on the page that nothing gives', () => {
  const files = globSync(['operator/**/*.ts', 'core/status/**/*.ts', 'core/status.ts'], { cwd: ROOT })
  const source = files
    .filter((file) => !file.endsWith('.test.ts'))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n')
  const made = named('reason').filter((reason) => !source.includes(`'${reason}'`) && !PULL_REASONS.includes(reason))
  assert.deepEqual(made, [])
})
