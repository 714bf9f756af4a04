import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { KubeError } from '../kube/kube-error.ts'
import type { KubeObject } from '../kube/object.ts'
import type { PresentResource } from '../storage/ledger/operator/port.ts'
import { createMetrics, type Gauges } from './metrics.ts'
import { createDirectory } from './observe/directory.ts'
import { sweep } from './sweep.ts'

const row = (uid: string, change: Partial<PresentResource> = {}): PresentResource => ({
  uid,
  kind: 'Backtest',
  namespace: 'research',
  name: `name-of-${uid}`,
  jobId: null,
  finished: false,
  handledRequest: null,
  generation: null,
  ...change,
})

const object = (uid: string, change: object = {}): KubeObject => ({
  apiVersion: 'hindcast.dev/v1alpha1',
  kind: 'Backtest',
  metadata: { name: uid, namespace: 'research', uid, generation: 1, ...change },
})

async function swept(
  rows: readonly PresentResource[],
  objects: readonly KubeObject[],
  active: readonly KubeObject[] = objects,
  there: readonly KubeObject[] = objects,
) {
  const called: string[] = []
  const directory = createDirectory()
  const gone = await sweep({
    ledger: {
      presentResources: async (after, limit) => rows.filter(({ uid }) => uid > (after ?? '')).slice(0, limit),
    },
    caches: {
      known: (_, uid) => objects.find((one) => one.metadata.uid === uid),
      active: (_, uid) => active.find((one) => one.metadata.uid === uid),
    },
    cluster: {
      get: async ({ name }) => {
        const found = there.find(({ metadata }) => metadata.name === name)
        if (found === undefined) throw new KubeError('not_found', name)
        return found
      },
    },
    directory,
    namespaces: ['research'],
    enqueue: ({ uid }, lane) => void called.push(`${uid} ${lane}`),
    metrics: createMetrics(() => ({}) as Gauges),
    stopped: () => false,
  })
  return { gone, called, isGone: directory.isGone }
}

test('a resource that the cluster does not know is gone, and called for its end', async () => {
  const { gone, called, isGone } = await swept([row('a'), row('b')], [object('b')])
  assert.deepEqual([gone, called, isGone('a'), isGone('b')], [1, ['a gc'], true, false])
})

test('a resource that no watch has at this moment is not gone, for the server has it', async () => {
  const { gone, called, isGone } = await swept([row('a')], [], [], [object('a', { name: 'name-of-a' })])
  assert.deepEqual([gone, called, isGone('a')], [0, [], false])
})

test('one of the same name that was made since is another: the older is gone', async () => {
  const { gone, called } = await swept([row('a')], [], [], [object('b', { name: 'name-of-a' })])
  assert.deepEqual([gone, called], [1, ['a gc']])
})

test('of a namespace that takes part no longer nothing is concluded', async () => {
  const { gone, called } = await swept([row('a', { namespace: 'elsewhere' })], [])
  assert.deepEqual([gone, called], [0, []])
})

test('a kind without a job of its own is left alone', async () => {
  assert.equal((await swept([row('a', { kind: 'Regression' })], [])).gone, 0)
})

const finished = { finished: true, handledRequest: 'rerun-1', generation: 3 }
const news: readonly [title: string, metadata: object, called: boolean][] = [
  ['a finished resource without news is not called', { generation: 3 }, false],
  [
    'one with a label that was handled is not called',
    { generation: 3, labels: { 'hindcast.dev/request': 'rerun-1' } },
    false,
  ],
  ['one with another label is called', { generation: 3, labels: { 'hindcast.dev/request': 'rerun-2' } }, true],
  ['one that was edited since is called', { generation: 4 }, true],
]
for (const [title, metadata, expected] of news) {
  test(title, async () => {
    const { called } = await swept([row('a', finished)], [object('a', metadata)])
    assert.deepEqual(called, expected ? ['a status'] : [])
  })
}

test('a resource that the record takes for live and its status for ended is called', async () => {
  assert.deepEqual((await swept([row('a')], [object('a')], [])).called, ['a status'])
  assert.deepEqual((await swept([row('a')], [object('a')])).called, [])
})

test('every page is gone through', async () => {
  const rows = Array.from({ length: 1_201 }, (_, i) => row(`u${String(i).padStart(5, '0')}`))
  assert.equal((await swept(rows, [])).gone, 1_201)
})
