import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ACTIVE, backtest, ref, reflectorWorld } from '../../test/kube/reflector-world.ts'
import { createMemoryCluster, type Intercept, type MemoryCluster } from '../../test/world/memory-cluster.ts'
import { createVirtualClock } from '../../test/world/virtual-clock.ts'
import { sleep } from '../clock.ts'
import type { Cluster } from '../cluster.ts'
import { KubeError } from '../kube-error.ts'

test('it lists in pages, then follows what happens', async () => {
  const { clock, api, reflector, names, brief } = reflectorWorld()
  for (let k = 0; k < 1201; k++) api.apply(backtest(`b${k}`))
  assert.equal(reflector.synced(), false)
  await clock.advance(0)
  assert.equal(reflector.synced(), true)
  assert.equal(names().length, 1201)
  api.edit(ref('b0'), { metadata: { labels: { a: 'b' } } })
  api.remove(ref('b1'))
  await clock.advance(0)
  assert.deepEqual(brief().slice(-2), ['modified ns/b0', 'deleted ns/b1'])
  assert.equal(reflector.figures().lists, 1)
})

test('it follows several namespaces and no other', async () => {
  const { clock, api, names } = reflectorWorld({ namespaces: ['ns', 'two'] })
  api.apply(backtest('a'))
  api.apply({ ...backtest('b'), metadata: { name: 'b', namespace: 'two' } })
  api.apply({ ...backtest('c'), metadata: { name: 'c', namespace: 'three' } })
  await clock.advance(0)
  assert.deepEqual(names(), ['a', 'b'])
})

test('an object that leaves the selection reads as deleted', async () => {
  const { clock, api, cluster, brief, names } = reflectorWorld({ fieldSelector: ACTIVE })
  api.apply(backtest('a'))
  await clock.advance(0)
  await cluster.applyStatus(ref('a'), { phase: 'Completed' })
  await clock.advance(0)
  assert.deepEqual(brief(), ['added ns/a', 'deleted ns/a'])
  assert.deepEqual(names(), [])
})

test('metadata alone comes without spec and status', async () => {
  const { clock, api, reflector } = reflectorWorld({ metadataOnly: true })
  api.apply({ ...backtest('a'), spec: { dataset: 'd' } })
  await clock.advance(0)
  assert.equal(reflector.get('ns/a')!.spec, undefined)
  assert.equal(reflector.get('ns/a')!.metadata.generation, 1)
})

for (const [title, cut] of [
  ['a watch that the server ends', undefined],
  ['a cut connection', new KubeError('unavailable', 'cut')],
  ['a 500', new KubeError('unavailable', 'internal error', { status: 500 })],
  ['silence', new KubeError('timeout', 'silent')],
  ['a line of garbage', new KubeError('garbage', 'no event')],
] as const) {
  test(`it goes on after ${title} from where it was, without a list`, async () => {
    const { clock, api, reflector, names, brief } = reflectorWorld()
    api.apply(backtest('a'))
    await clock.advance(2000)
    api.cutWatches('Backtest', cut)
    api.apply(backtest('b'))
    await clock.advance(30_000)
    assert.deepEqual(names(), ['a', 'b'])
    assert.deepEqual(brief(), ['added ns/a', 'added ns/b'])
    assert.equal(reflector.figures().lists, 1)
  })
}

test('it lists again after a 410 and tells only what changed', async () => {
  const { clock, api, reflector, names, brief } = reflectorWorld()
  for (const name of ['a', 'b', 'c']) api.apply(backtest(name))
  await clock.advance(2000)
  api.cutWatches('Backtest', new KubeError('unavailable', 'cut'))
  await clock.advance(0)
  api.remove(ref('a'))
  api.edit(ref('b'), { metadata: { labels: { x: 'y' } } })
  api.apply(backtest('d'))
  api.compact()
  await clock.advance(60_000)
  assert.deepEqual(names(), ['b', 'c', 'd'])
  assert.deepEqual(brief().slice(3).sort(), ['added ns/d', 'deleted ns/a', 'modified ns/b'])
  assert.equal(reflector.figures().relists, 1)
})

test('a bookmark moves the version on, so that a compaction of quiet hours forces no list', async () => {
  const { clock, api, reflector, names } = reflectorWorld()
  api.apply(backtest('a'))
  await clock.advance(0)
  for (let k = 0; k < 10; k++)
    api.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${k}`, namespace: 'x' } })
  await clock.advance(61_000)
  api.compact()
  api.cutWatches('Backtest')
  await clock.advance(5000)
  api.apply(backtest('b'))
  await clock.advance(5000)
  assert.deepEqual(names(), ['a', 'b'])
  assert.equal(reflector.figures().lists, 1)
})

test('a server that went back in time, and is silent about our version, is listed again', async () => {
  const seen = reflectorWorld()
  seen.api.apply(backtest('a'))
  await seen.clock.advance(0)
  for (let k = 0; k < 3; k++) {
    assert.equal(seen.reflector.figures().lists, 1)
    seen.api.cutWatches('Backtest', new KubeError('timeout', 'silent'))
    await seen.clock.advance(5000)
  }
  assert.deepEqual([seen.reflector.figures().lists, seen.reflector.figures().relists], [2, 1])
  await seen.clock.advance(61_000)
  seen.api.cutWatches('Backtest', new KubeError('timeout', 'silent'))
  await seen.clock.advance(5000)
  assert.equal(seen.reflector.figures().lists, 2)
})

test('a page token that expires in the middle of a list starts the list anew', async () => {
  let pages = 0
  const seen = reflectorWorld(
    {},
    {
      intercept: async (call, run) => {
        if (call.verb === 'list' && ++pages === 2) seen.api.compact()
        return run()
      },
    },
  )
  for (let k = 0; k < 700; k++) seen.api.apply(backtest(`b${k}`))
  await seen.clock.advance(5000)
  assert.equal(seen.reflector.synced(), true)
  assert.equal(seen.names().length, 700)
})

test('a server that ends every watch at once is not asked without pause', async () => {
  const clock = createVirtualClock()
  const api = createMemoryCluster({ clock })
  let watches = 0
  const hasty: Cluster = {
    ...api.client(),
    watch() {
      watches += 1
      return (async function* (): AsyncGenerator<never> {})()
    },
  }
  const seen = reflectorWorld({ cluster: hasty, clock })
  await clock.advance(60_000)
  assert.ok(watches < 12, `${watches} watches in a minute`)
  seen.reflector.stop()
})

test('a handler that throws is told again, and no other change waits for it', async () => {
  const told: string[] = []
  let throws = 2
  const { clock, api, troubles } = reflectorWorld({
    onChange: ({ key }) => {
      if (key === 'ns/a' && throws-- > 0) throw new Error('no')
      told.push(key)
    },
  })
  api.apply(backtest('a'))
  api.apply(backtest('b'))
  await clock.advance(0)
  assert.deepEqual(told, ['ns/b'])
  await clock.advance(5000)
  assert.deepEqual(told, ['ns/b', 'ns/a'])
  assert.equal(troubles.filter((trouble) => trouble.doing === 'handler').length, 2)
})

test('an own write is read at once, and an older event does not undo it', async () => {
  const slow = { lagMs: () => 5000, twice: () => false }
  const { clock, api, cluster, reflector } = reflectorWorld({}, { weather: () => slow })
  api.apply(backtest('a'))
  await clock.advance(6000)
  api.edit(ref('a'), { metadata: { labels: { by: 'another' } } })
  reflector.assume(await cluster.patch(ref('a'), { metadata: { labels: { by: 'us' } } }))
  const byUs = () => reflector.get('ns/a')!.metadata.labels!.by
  assert.equal(byUs(), 'us')
  await clock.advance(5000)
  assert.equal(byUs(), 'us')
  await clock.advance(5000)
  assert.deepEqual([byUs(), reflector.figures().assumed], ['us', 0])
})

test('an own write whose event came before its answer undoes nothing', async () => {
  const { clock, api, cluster, reflector } = reflectorWorld()
  api.apply(backtest('a'))
  await clock.advance(0)
  const answer = await cluster.patch(ref('a'), { metadata: { labels: { by: 'us' } } })
  api.edit(ref('a'), { metadata: { labels: { by: 'another' } } })
  await clock.advance(0)
  reflector.assume(answer)
  assert.equal(reflector.get('ns/a')!.metadata.labels!.by, 'another')
  assert.equal(reflector.figures().assumed, 0)
})

for (const [title, past] of [
  ['changed', (api: MemoryCluster) => api.edit(ref('a'), { metadata: { labels: { by: 'another' } } })],
  ['deleted', (api: MemoryCluster) => api.remove(ref('a'))],
] as const) {
  test(`a read that comes after its object was ${title} does not bring the old one back`, async () => {
    const { clock, api, cluster, reflector } = reflectorWorld()
    api.apply(backtest('a'))
    await clock.advance(0)
    const read = await cluster.get(ref('a'))
    past(api)
    await clock.advance(0)
    const before = reflector.get('ns/a')
    reflector.assume(read)
    assert.deepEqual([reflector.get('ns/a'), reflector.figures().assumed], [before, 0])
  })
}

test('an own create whose object is gone already does not come back', async () => {
  const { clock, api, cluster, reflector } = reflectorWorld()
  await clock.advance(0)
  const made = await cluster.create(backtest('a'))
  await clock.advance(0)
  api.remove(ref('a'))
  await clock.advance(0)
  reflector.assume(made)
  assert.equal(reflector.get('ns/a'), undefined)
})

test('an own write that leaves the selection is let go by its event', async () => {
  const { clock, api, cluster, reflector } = reflectorWorld({ fieldSelector: ACTIVE })
  api.apply(backtest('a'))
  await clock.advance(0)
  reflector.assume(await cluster.applyStatus(ref('a'), { phase: 'Failed' }))
  await clock.advance(0)
  assert.equal(reflector.get('ns/a'), undefined)
})

test('an own write that no event confirms is asked for', async () => {
  const { clock, cluster, reflector } = reflectorWorld({ labelSelector: 'mine' })
  await clock.advance(0)
  reflector.assume(await cluster.create(backtest('a')))
  assert.ok(reflector.get('ns/a'))
  await clock.advance(31_000)
  assert.equal(reflector.get('ns/a'), undefined)
  assert.equal(reflector.figures().assumed, 0)
})

for (const [title, deed, expected] of [
  ['an own create', (cluster: Cluster) => cluster.create(backtest('b')), ['a', 'b']],
  ['an own change', (cluster: Cluster) => cluster.patch(ref('a'), { metadata: { labels: { by: 'us' } } }), ['a us']],
] as const) {
  test(`${title} made while a list is under way is not undone by the list`, async () => {
    const intercept: Intercept = async (call, run) => {
      const answer = await run()
      if (call.verb === 'list') await sleep(seen.clock, 5000)
      return answer
    }
    const seen = reflectorWorld({}, { intercept, weather: () => ({ lagMs: () => 60_000, twice: () => false }) })
    seen.api.apply(backtest('a'))
    await seen.clock.advance(1000)
    seen.reflector.assume(await deed(seen.api.client()))
    await seen.clock.advance(10_000)
    const held = seen.reflector
      .list()
      .map(({ metadata }) => [metadata.name, metadata.labels?.by].filter(Boolean).join(' '))
    assert.deepEqual(held.sort(), expected)
  })
}

test('indexes follow every change', async () => {
  const { clock, api, reflector } = reflectorWorld({
    indexes: { colour: (object) => Object.values(object.metadata.labels ?? {}) },
  })
  api.apply(backtest('a', { c: 'red' }))
  api.apply(backtest('b', { c: 'red' }))
  await clock.advance(0)
  api.edit(ref('a'), { metadata: { labels: { c: 'blue' } } })
  api.remove(ref('b'))
  await clock.advance(0)
  const at = (value: string) => reflector.byIndex('colour', value).map((object) => object.metadata.name)
  assert.deepEqual([at('red'), at('blue')], [[], ['a']])
})

test('the age of the last sign of life grows in silence, and a bookmark ends it', async () => {
  const { clock, reflector } = reflectorWorld()
  await clock.advance(59_000)
  assert.equal(reflector.lastEventAgeMs(), 59_000)
  await clock.advance(1500)
  assert.equal(reflector.lastEventAgeMs(), 500)
})

test('once stopped it asks nothing more', async () => {
  const calls: string[] = []
  const intercept: Intercept = (call, run) => {
    calls.push(call.verb)
    return run()
  }
  const { clock, api, reflector } = reflectorWorld({}, { intercept })
  await clock.advance(0)
  reflector.stop()
  await clock.advance(0)
  const before = calls.length
  api.apply(backtest('a'))
  await clock.advance(600_000)
  assert.equal(calls.length, before)
  assert.equal(api.openWatches().length, 0)
})
