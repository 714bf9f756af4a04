import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ENDED } from '../../test/operator/cases/ended.ts'
import { asked, cancelled, exit } from '../../test/operator/cases/given.ts'
import { CANCELLING, RUNNING } from '../../test/operator/cases/running.ts'
import { SHARING } from '../../test/operator/cases/sharing.ts'
import { STARTING } from '../../test/operator/cases/starting.ts'
import { ADMITTING, BEFORE } from '../../test/operator/cases/waiting.ts'
import { CLOCKS, claim, job, pod, running, waiting, withResource } from '../../test/operator/observed.ts'
import { decide, RULES, type Tables } from './rules.ts'
import type { Decision } from './types.ts'

const CASES = [...BEFORE, ...ADMITTING, ...SHARING, ...STARTING, ...RUNNING, ...CANCELLING, ...ENDED]

for (const [title, seen, rule, action] of CASES) {
  test(title, () => {
    const decision = decide(seen, CLOCKS)
    assert.equal(decision.rule, rule)
    if (action === null) assert.equal(decision.action, null)
    else assert.deepEqual({ ...decision.action, ...action }, decision.action)
  })
}

const ALL_ROWS = [...RULES.none.map((row) => ['none', row] as const), ...RULES.row.map((row) => ['row', row] as const)]

for (const [table, off] of ALL_ROWS) {
  test(`row ${off.name} of table ${table} is needed: without it something else would be done`, () => {
    const without = { ...RULES, [table]: (RULES[table] as readonly unknown[]).filter((row) => row !== off) } as Tables
    const does = ({ action, afterMs }: Decision) => JSON.stringify({ action, afterMs })
    const changed = CASES.some(([, seen]) => does(decide(seen, CLOCKS)) !== does(decide(seen, CLOCKS, without)))
    assert.ok(changed, 'no case notices')
  })
}

test('a label that is no request asks for nothing', () => {
  for (const label of ['cancel', 'stop-now', 'rerun-', 'CANCEL-1', 'cancel-ü']) {
    assert.equal(decide(asked(running, label), CLOCKS).rule, 'watch')
  }
})

test('a result is recorded only under the claim that holds', () => {
  const displaced = { ...running, claims: [claim({ podUid: 'pod-2' })] }
  const jobs = [job({ pods: [pod({ phase: 'Failed', end: exit(75, 'completed') })] })]
  assert.equal(decide({ ...displaced, jobs }, CLOCKS).rule, 'watch')
})

for (const [kind, asks] of [
  ['Backtest', false],
  ['WalkForward', true],
  ['MonteCarlo', true],
] as const) {
  test(`a pending record of a ${kind} ${asks ? 'asks for a clean-up, which adds its rows' : 'is whole'}`, () => {
    const jobs = [job({ pods: [pod({ phase: 'Failed', end: exit(75, 'completed') })] })]
    const { action, leftovers } = decide(withResource({ ...running, jobs }, { kind }), CLOCKS)
    assert.deepEqual([action?.do, leftovers], ['complete', asks])
  })
}

test('an attempt that found the store full asks for a clean-up, which makes room and measures it', () => {
  const words = exit(75, 'failed')
  const end = { ...words, termination: { ...words.termination!, class: 'storage_full' as const } }
  const { action, leftovers } = decide({ ...running, jobs: [job({ pods: [pod({ phase: 'Failed', end })] })] }, CLOCKS)
  assert.deepEqual([action?.do, leftovers], ['retry', true])
})

test('each mark of the cancel clock is waited for to the millisecond', () => {
  const waits = [3_000, 14_000, 22_000].map((age) => {
    const jobs = [job({ deleting: true, pods: [pod({ deleting: true, forced: true })] })]
    return decide(cancelled(age, { ...running, jobs }), CLOCKS).afterMs
  })
  assert.deepEqual(waits, [7_000, 6_000, 3_000])
})

test('a running attempt is looked at every five seconds', () => {
  assert.equal(decide(running, CLOCKS).afterMs, 5_000)
})

test('every action is followed by another look at once', () => {
  assert.equal(decide(waiting, CLOCKS).afterMs, 0)
})
