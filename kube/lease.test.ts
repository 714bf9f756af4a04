import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { createMemoryCluster, type Intercept } from '../test/world/memory-cluster.ts'
import { createVirtualClock } from '../test/world/virtual-clock.ts'
import type { Clock } from './clock.ts'
import { KubeError } from './kube-error.ts'
import { type Election, runElection } from './lease.ts'

const REF = { kind: 'Lease' as const, namespace: 'ns', name: 'operator' }

/** Candidates for one lease; `cut` holds the names of those that cannot reach the server. */
function world() {
  const clock = createVirtualClock()
  const cut = new Set<string>()
  const slow = new Set<string>()
  const intercept: Intercept = (call, run) => {
    if (slow.has(call.client)) return new Promise(() => {})
    return cut.has(call.client) ? Promise.reject(new KubeError('unavailable', 'cut')) : run()
  }
  const api = createMemoryCluster({ clock, intercept })
  const log: string[] = []
  /** Whose try was answered after one that failed. */
  const answered: string[] = []
  const candidate = (identity: string, own: { readonly clock?: Clock; readonly pod?: string } = {}): Election =>
    runElection({
      cluster: api.client(identity),
      clock,
      ...own,
      random: () => 0,
      namespace: 'ns',
      name: 'operator',
      identity,
      onLead: (signal) => {
        log.push(`${identity} leads`)
        signal.addEventListener('abort', () => log.push(`${identity} stops`))
      },
      onLost: () => log.push(`${identity} lost`),
      onTrouble: () => {},
      onAnswered: () => answered.push(identity),
    })
  const lease = () => api.read(REF)?.spec as Record<string, unknown>
  return { clock, api, cut, slow, log, answered, candidate, lease }
}

test('the first candidate makes the lease and leads, the second waits', async () => {
  const { clock, candidate, log, lease } = world()
  const a = candidate('a')
  await clock.advance(0)
  const b = candidate('b')
  await clock.advance(60_000)
  assert.deepEqual([log, a.leads(), b.leads()], [['a leads'], true, false])
  assert.equal(b.holder(), 'a')
  assert.match(String(lease().renewTime), /^2026-01-01T00:01:00\.\d{6}Z$/)
})

test('the first answer after tries that failed is told, once', async () => {
  const { clock, cut, candidate, answered } = world()
  cut.add('a')
  candidate('a')
  await clock.advance(20_000)
  assert.deepEqual(answered, [])
  cut.delete('a')
  await clock.advance(20_000)
  assert.deepEqual(answered, ['a'])
})

test('stop gives the lease back, and the other leads at its next look', async () => {
  const { clock, candidate, log, lease } = world()
  const a = candidate('a')
  await clock.advance(0)
  candidate('b')
  await clock.advance(5000)
  await a.stop()
  assert.equal(lease().holderIdentity, '')
  await clock.advance(2000)
  assert.deepEqual(log, ['a leads', 'a stops', 'b leads'])
  assert.equal(lease().leaseTransitions, 1)
})

test('a leader that dies is followed within 17 s', async () => {
  const { clock, slow, candidate, log } = world()
  candidate('a')
  await clock.advance(0)
  candidate('b')
  await clock.advance(30_000)
  slow.add('a')
  await clock.advance(17_000)
  assert.ok(log.includes('b leads'))
})

const HELD: readonly [title: string, identity: string, pod: string | undefined, leads: boolean][] = [
  ['a process that starts again in its pod succeeds the one before it at once', 'op-1_new', 'op-1', true],
  ['a process of another pod, however alike its name, waits for the lease to end', 'op-12_new', 'op-12', false],
  ['a process whose pod is not known waits for the lease to end', 'op-1_new', undefined, false],
]
for (const [title, identity, pod, leads] of HELD) {
  test(title, async () => {
    const { clock, slow, candidate, lease } = world()
    candidate('op-1_old', { pod: 'op-1' })
    await clock.advance(5000)
    slow.add('op-1_old')
    const next = candidate(identity, pod === undefined ? {} : { pod })
    await clock.advance(0)
    assert.deepEqual([next.leads(), lease().holderIdentity], [leads, leads ? identity : 'op-1_old'])
    await clock.advance(17_000)
    assert.equal(next.leads(), true)
  })
}

test('of two that live in one pod the later leads, and the first ends and takes nothing back', async () => {
  const { clock, candidate, log } = world()
  candidate('op_a', { pod: 'op' })
  await clock.advance(5000)
  candidate('op_b', { pod: 'op' })
  await clock.advance(60_000)
  assert.deepEqual(log, ['op_a leads', 'op_b leads', 'op_a stops', 'op_a lost'])
})

test('a leader that cannot renew stops after 10 s, before another can lead', async () => {
  const { clock, cut, candidate, log } = world()
  const a = candidate('a')
  await clock.advance(0)
  candidate('b')
  await clock.advance(30_000)
  cut.add('a')
  await clock.advance(9_000)
  assert.equal(a.leads(), true)
  await clock.advance(60_000)
  assert.deepEqual(log, ['a leads', 'a stops', 'a lost', 'b leads'])
})

test('a call that hangs does not keep a leader in office', async () => {
  const { clock, slow, candidate, log } = world()
  const a = candidate('a')
  await clock.advance(0)
  slow.add('a')
  await clock.advance(10_000)
  assert.equal(a.leads(), false)
  assert.deepEqual(log, ['a leads', 'a stops', 'a lost'])
})

test('a single failed renewal changes nothing', async () => {
  const { clock, cut, candidate, log } = world()
  candidate('a')
  await clock.advance(0)
  cut.add('a')
  await clock.advance(7000)
  cut.delete('a')
  await clock.advance(60_000)
  assert.deepEqual(log, ['a leads'])
})

test('a wall clock that is years off gives nobody a lease early', async () => {
  const { clock, candidate, log } = world()
  candidate('a')
  await clock.advance(0)
  candidate('b', { clock: { ...clock, now: () => clock.now() + 1e11 } })
  await clock.advance(60_000)
  assert.deepEqual(log, ['a leads'])
})

test('a lease that is deleted is made again by its leader', async () => {
  const { clock, api, candidate, log, lease } = world()
  candidate('a')
  await clock.advance(0)
  api.remove(REF)
  await clock.advance(9000)
  assert.equal(lease().holderIdentity, 'a')
  assert.deepEqual(log, ['a leads'])
})

test('a write whose answer was lost is seen as ours at the next look', async () => {
  const clock = createVirtualClock()
  let lose = false
  const api = createMemoryCluster({
    clock,
    intercept: async (call, run) => {
      const answer = await run()
      if (lose && call.verb === 'replace') throw new KubeError('unavailable', 'cut after the write')
      return answer
    },
  })
  const log: string[] = []
  runElection({
    cluster: api.client(),
    clock,
    random: () => 0,
    ...{ namespace: 'ns', name: 'operator', identity: 'a' },
    onLead: () => log.push('leads'),
    onLost: () => log.push('lost'),
    onTrouble: () => {},
  })
  await clock.advance(1000)
  lose = true
  await clock.advance(5000)
  lose = false
  await clock.advance(60_000)
  assert.deepEqual(log, ['leads'])
})

test('whatever is cut and healed, never do two lead at once by their own clocks', async () => {
  const step = fc.record({
    who: fc.constantFrom('a', 'b', 'c'),
    what: fc.constantFrom('cut', 'heal', 'slow', 'wait'),
    ms: fc.nat(12_000),
  })
  const law = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    const { clock, cut, slow, candidate } = world()
    const all = ['a', 'b', 'c'].map((name) => candidate(name))
    for (const { who, what, ms } of steps) {
      if (what === 'cut') cut.add(who)
      if (what === 'slow') slow.add(who)
      if (what === 'heal') cut.delete(who)
      for (let passed = 0; passed < ms; passed += 500) {
        await clock.advance(500)
        assert.ok(all.filter((election) => election.leads()).length <= 1)
      }
    }
  })
  await fc.assert(law, { numRuns: 25 })
})
