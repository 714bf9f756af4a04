import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { OpenPlace } from '../../storage/ledger/operator/port.ts'
import { mulberry } from '../../test/flow/mulberry.ts'
import type { Wish } from '../reconcile/admission.ts'
import { createDesk, type OpenSlot } from './desk.ts'

/** A desk of two slots a priority and three in all, over Jobs of which a test says whether they take theirs. */
function deskOf() {
  let now = 0
  const jobs = new Map<string, boolean>()
  const desk = createDesk({
    limits: { slotsPerPriority: 2, slots: 3, ageingMs: 1_800_000 },
    monotonic: () => now,
    takes: ({ jobId }) => jobs.get(jobId) ?? true,
  })
  const at = (ms: number) => {
    now = ms
  }
  return { desk, jobs, at }
}

const slot = (jobId: string, change: Partial<OpenSlot> = {}): OpenSlot => ({
  jobId,
  attempt: 1,
  namespace: 'default',
  priority: 'normal',
  parallelism: 1,
  ...change,
})

const row = (jobId: string, change: Partial<OpenSlot> = {}): OpenPlace => {
  const { namespace, ...attempt } = slot(jobId, change)
  return { job: { jobId, namespace }, attempt, claims: [] } as unknown as OpenPlace
}

const wish = (uid: string, change: Partial<Wish> = {}): Wish => ({
  uid,
  namespace: 'default',
  priority: 'normal',
  wants: 1,
  queuedAt: 0,
  ...change,
})

test('before the open attempts were read nothing is granted', () => {
  const { desk } = deskOf()
  assert.equal(desk.ask(wish('a'), 0).granted, 0)
  desk.sync([], 0)
  assert.equal(desk.ask(wish('a'), 0).granted, 1)
})

const counted: readonly [title: string, takes: boolean | null, held: number][] = [
  ['an open attempt without a Job holds its slot', null, 1],
  ['one whose Job runs holds one', true, 1],
  ['one whose Job has ended or is put aside holds none, before the row says so', false, 0],
]
for (const [title, takes, held] of counted) {
  test(title, () => {
    const { desk, jobs } = deskOf()
    if (takes !== null) jobs.set('j', takes)
    desk.sync([row('j')], 0)
    assert.equal(desk.held().length, held)
  })
}

test('an attempt that was opened while the ledger was asked stays counted', () => {
  const { desk, at } = deskOf()
  at(10)
  desk.opened(slot('mine'))
  desk.sync([], 5)
  assert.equal(desk.held().length, 1)
  desk.sync([], 10)
  assert.equal(desk.held().length, 0)
})

test('an attempt that the ledger knows no more is given back, and only its own number closes it', () => {
  const { desk } = deskOf()
  desk.sync([row('j', { attempt: 2 })], 0)
  assert.equal(desk.closed('j', 1), false)
  assert.equal(desk.closed('j', 2), true)
  assert.equal(desk.held().length, 0)
})

test('two passes cannot take the same slot, and a refused write gives it back', () => {
  const { desk } = deskOf()
  desk.sync([row('j')], 0)
  const place = { namespace: 'default', priority: 'normal', slots: 1 } as const
  const give = desk.reserve(place)
  assert.notEqual(give, null)
  assert.equal(desk.reserve(place), null)
  give?.()
  assert.notEqual(desk.reserve(place), null)
})

test('whoever waits is told why, and is called when there is room', () => {
  const { desk, jobs } = deskOf()
  desk.sync([row('a'), row('b')], 0)
  const answer = desk.ask(wish('c'), 0)
  assert.equal(answer.granted, 0)
  assert.match(answer.why, /all 2 slots of priority normal are taken/)
  assert.deepEqual(desk.winners(0), [])
  assert.deepEqual(desk.waiting(), { high: 0, normal: 1, low: 0 })
  jobs.set('a', false)
  desk.jobChanged('a')
  assert.deepEqual(desk.winners(0), ['c'])
  desk.withdraw('c')
  assert.deepEqual(desk.winners(0), [])
})

test('a wide wish takes what is left', () => {
  const { desk } = deskOf()
  desk.sync([row('a')], 0)
  assert.equal(desk.ask(wish('w', { wants: 4 }), 0).granted, 1)
})

test('what follows every change says the same as a count from the start', () => {
  const { desk, jobs, at } = deskOf()
  const random = mulberry(7)
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!
  const open = new Map<string, OpenPlace>()
  const names = ['a', 'b', 'c', 'd', 'e']
  for (let step = 1; step <= 400; step += 1) {
    at(step)
    const jobId = pick(names)
    const change = { namespace: pick(['n', 'm']), priority: pick(['high', 'low'] as const), parallelism: pick([1, 3]) }
    const deeds = [
      () => {
        open.set(jobId, row(jobId, change))
        desk.opened(slot(jobId, change))
      },
      () => {
        open.delete(jobId)
        desk.closed(jobId, 1)
      },
      () => {
        jobs.set(jobId, random() < 0.5)
        desk.jobChanged(jobId)
      },
      () => desk.reserve({ namespace: 'n', priority: 'high', slots: 1 })?.(),
    ]
    pick(deeds)()
    const anew = deskOf()
    for (const [name, takes] of jobs) anew.jobs.set(name, takes)
    anew.desk.sync([...open.values()], 0)
    const sorted = (one: typeof desk) =>
      one
        .held()
        .map((held) => JSON.stringify(held))
        .sort()
    assert.deepEqual(sorted(desk), sorted(anew.desk))
  }
})
