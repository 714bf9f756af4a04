import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { KubeObject } from '../../kube/object.ts'
import type { Change } from '../../kube/reflector/reflector.ts'
import type { Caches } from './caches.ts'
import { createDirectory } from './directory.ts'
import { keepDeleted } from './kept.ts'
import { listen } from './listen.ts'

const backtest = (change: object = {}, kind = 'Backtest'): KubeObject => ({
  apiVersion: 'hindcast.dev/v1alpha1',
  kind,
  metadata: { name: 'one', namespace: 'research', uid: 'uid-1', generation: 1, ...change },
})
const owned = (kind: string, owner: object): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: {
    name: 'owned',
    namespace: 'research',
    uid: `${kind}-uid`,
    ownerReferences: [{ apiVersion: 'x', name: 'one', controller: true, ...owner } as never],
  },
})
const JOB = owned('Job', { kind: 'Backtest', uid: 'uid-1' })
const VERSIONED: KubeObject = { ...JOB, metadata: { ...JOB.metadata, resourceVersion: '7' } }
const POD = owned('Pod', { kind: 'Job', uid: 'Job-uid' })

/** What was called for by one change of one watch. */
function heard(where: keyof ReturnType<typeof listen>, change: Partial<Change>) {
  const calls: string[] = []
  const directory = createDirectory()
  const kept = keepDeleted()
  const resampler = backtest({ name: 'paths', uid: 'mc-1' }, 'MonteCarlo')
  const caches = {
    resamplersOf: (_: string, name: string) => (name === 'one' ? [resampler] : []),
    jobByUid: (uid: string) => (uid === 'Job-uid' ? JOB : undefined),
  } as unknown as Caches
  const ears = listen({
    caches: () => caches,
    directory,
    kept,
    enqueue: ({ uid }, lane) => void calls.push(`${uid} ${lane}`),
    enqueueAfter: ({ uid }) => void calls.push(`${uid} status`),
    recount: () => {},
    freed: () => void calls.push('freed'),
  })
  const object = change.object ?? backtest()
  ears[where]({ type: 'modified', key: 'research/one', previous: null, ...change, object } as Change)
  return { calls, isGone: directory.isGone('uid-1'), kept }
}

const cases: readonly [
  title: string,
  where: keyof ReturnType<typeof listen>,
  change: Partial<Change>,
  calls: readonly string[],
][] = [
  ['a new resource is looked at', 'onResource', { type: 'added' }, ['uid-1 admit']],
  ['a status that was written is not', 'onResource', { previous: backtest() }, []],
  ['an edit is', 'onResource', { object: backtest({ generation: 2 }), previous: backtest() }, ['uid-1 admit']],
  [
    'a cancel goes before everything else',
    'onResource',
    { object: backtest({ labels: { 'hindcast.dev/request': 'cancel-1' } }), previous: backtest() },
    ['uid-1 cancel'],
  ],
  ['one that finished wakes what resamples it', 'onResource', { type: 'deleted' }, ['mc-1 status']],
  ['what was there before is left to the sweep', 'onKnown', { type: 'added', object: backtest({}, 'WalkForward') }, []],
  [
    'a request to a finished resource is heard by its metadata',
    'onKnown',
    { object: backtest({ labels: { 'hindcast.dev/request': 'rerun-1' } }), previous: backtest() },
    ['uid-1 admit'],
  ],
  ['a deletion is heard by the metadata', 'onKnown', { type: 'deleted' }, ['uid-1 cancel']],
  ['a Job calls its resource, and those that wait for a slot', 'onJob', { object: JOB }, ['uid-1 status', 'freed']],
  ['an own write of a Job that comes back calls nobody', 'onJob', { object: VERSIONED, previous: VERSIONED }, []],
  ['a pod calls the resource of its Job', 'onPod', { object: POD }, ['uid-1 status']],
  ['a pod of somebody else calls nobody', 'onPod', { object: owned('Pod', { kind: 'Job', uid: 'x' }) }, []],
  ['a Job of another owner calls nobody', 'onJob', { object: owned('Job', { kind: 'CronJob', uid: 'x' }) }, ['freed']],
]
for (const [title, where, change, calls] of cases) {
  test(title, () => assert.deepEqual(heard(where, change).calls, calls))
}

test('a namesake that took the place of another says that the other is gone', () => {
  const { calls, isGone } = heard('onKnown', { object: backtest({ uid: 'uid-2' }), previous: backtest() })
  assert.deepEqual([calls, isGone], [['uid-1 cancel', 'uid-2 admit'], true])
})

test('a pod whose Job was forgotten is not kept', () => {
  const orphan = owned('Pod', { kind: 'Job', uid: 'forgotten' })
  assert.equal(heard('onPod', { type: 'deleted', object: orphan }).kept.size(), 0)
})

test('a Job and a pod that go are kept as they last were', () => {
  assert.equal(heard('onJob', { type: 'deleted', object: JOB }).kept.jobsOf('uid-1').length, 1)
  assert.equal(heard('onPod', { type: 'deleted', object: POD }).kept.podsOf('Job-uid').length, 1)
})
