import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { createMemoryCluster, type Intercept } from '../test/world/memory-cluster.ts'
import { createVirtualClock } from '../test/world/virtual-clock.ts'
import { createRecorder, type Happening } from './events.ts'
import { KubeError } from './kube-error.ts'

const regarding = (name: string) => ({
  apiVersion: 'hindcast.dev/v1alpha1',
  kind: 'Backtest',
  metadata: { name, namespace: 'ns', uid: `uid of ${name}` },
})
const started: Happening = {
  regarding: regarding('a'),
  type: 'Normal',
  reason: 'AttemptOpened',
  action: 'Open',
  note: 'attempt 1',
}

function world(intercept?: Intercept) {
  const clock = createVirtualClock()
  const api = createMemoryCluster({ clock, ...(intercept === undefined ? {} : { intercept }) })
  const troubles: unknown[] = []
  const recorder = () =>
    createRecorder({
      cluster: api.client(),
      clock,
      controller: 'hindcast.dev/operator',
      instance: 'operator-1',
      onTrouble: (error) => troubles.push(error),
    })
  return { clock, api, troubles, recorder, events: () => api.all('Event') }
}
const countOf = (event: object) => (event as { series?: { count: number } }).series?.count

test('an event names its object, its reason and who saw it', async () => {
  const { recorder, events } = world()
  const one = recorder()
  one.record(started)
  await one.settled()
  const [event] = events()
  assert.match(event!.metadata.name, /^a\.[0-9a-f]{16}$/)
  assert.equal(event!.eventTime, '2026-01-01T00:00:00.000000Z')
  assert.deepEqual(event!.regarding, {
    apiVersion: 'hindcast.dev/v1alpha1',
    kind: 'Backtest',
    name: 'a',
    namespace: 'ns',
    uid: 'uid of a',
  })
  assert.deepEqual([event!.reason, event!.type, event!.note], ['AttemptOpened', 'Normal', 'attempt 1'])
})

test('the same event again is one object with a count', async () => {
  const { recorder, events } = world()
  const one = recorder()
  for (let k = 0; k < 5; k++) {
    one.record(started)
    await one.settled()
  }
  assert.equal(events().length, 1)
  assert.equal(countOf(events()[0]!), 5)
})

test('a restart goes on counting', async () => {
  const { recorder, events } = world()
  for (let k = 0; k < 3; k++) {
    const one = recorder()
    one.record(started)
    await one.settled()
  }
  assert.deepEqual([events().length, countOf(events()[0]!)], [1, 3])
})

test('an event that the server forgot starts anew', async () => {
  const { api, recorder, events } = world()
  const one = recorder()
  one.record(started)
  await one.settled()
  api.remove({ kind: 'Event', namespace: 'ns', name: events()[0]!.metadata.name })
  one.record(started)
  await one.settled()
  assert.deepEqual([events().length, countOf(events()[0]!)], [1, undefined])
})

test('one object writes 25 at once and then one in five minutes; its neighbour is not held back', async () => {
  const { clock, recorder, events } = world()
  const one = recorder()
  for (let k = 0; k < 100; k++) one.record({ ...started, note: `attempt ${k}` })
  one.record({ ...started, regarding: regarding('b') })
  await one.settled()
  assert.equal(events().length, 26)
  await clock.advance(300_000)
  one.record({ ...started, note: 'attempt 100' })
  one.record({ ...started, note: 'attempt 101' })
  await one.settled()
  assert.equal(events().length, 27)
})

test('a note is cut at 1 KiB of whole characters and loses what could move a cursor', async () => {
  const { recorder, events } = world()
  const one = recorder()
  one.record({ ...started, note: `red\u001b[31m\nline ${'é'.repeat(2000)}` })
  await one.settled()
  const note = events()[0]!.note as string
  assert.match(note, /^red \[31m line é+$/)
  assert.ok(Buffer.byteLength(note) <= 1024 && Buffer.byteLength(note) > 1020)
})

test('a server that takes no events is told of and throws nothing', async () => {
  const { troubles, recorder } = world(() => Promise.reject(new KubeError('forbidden', 'no')))
  const one = recorder()
  one.record(started)
  await one.settled()
  assert.equal(troubles.length, 1)
})
