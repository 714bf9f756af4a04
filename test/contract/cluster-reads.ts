import { strict as assert } from 'node:assert'
import type { ListQuery, WatchEvent } from '../../kube/cluster.ts'
import { isKubeError } from '../../kube/kube-error.ts'
import type { KubeObject } from '../../kube/object.ts'
import { backtest, configMap, contractOf, follow, type MakeClusterWorld, refused } from './cluster.ts'

const LIVE = 'status.phase!=Completed,status.phase!=Failed,status.phase!=Cancelled'
const MOST_WATCHES = 10

/** Whether a watch brought both objects and then a bookmark. */
const isMarked = (events: readonly WatchEvent[]) =>
  /^ADDED,ADDED(,BOOKMARK)+$/.test(events.map(({ type }) => type).join())

/** Lists and watches: what they hold, in which order, and how they end. */
export function readContract(title: string, make: MakeClusterWorld): void {
  const contract = contractOf(title, make)
  const names = (items: readonly KubeObject[]) => items.map((item) => item.metadata.name)

  contract('a list comes in pages of one moment, sorted by name', async ({ cluster, namespace }) => {
    for (const name of ['e', 'b', 'd', 'a', 'c']) await cluster.create(backtest(namespace, name))
    const query: ListQuery = { kind: 'Backtest', namespace, limit: 2 }
    const first = await cluster.list(query)
    await cluster.create(backtest(namespace, 'bb'))
    await cluster.delete({ kind: 'Backtest', namespace, name: 'e' })
    const second = await cluster.list({ ...query, continueToken: first.continueToken! })
    const third = await cluster.list({ ...query, continueToken: second.continueToken! })
    assert.deepEqual(
      [first, second, third].flatMap(({ items }) => names(items)),
      ['a', 'b', 'c', 'd', 'e'],
    )
    assert.equal(third.continueToken, null)
    assert.equal(third.resourceVersion, first.resourceVersion)
  })

  contract('every item of a list says what it is', async ({ cluster, namespace }) => {
    await cluster.create(configMap(namespace, 'c'))
    const { items } = await cluster.list({ kind: 'ConfigMap', namespace, fieldSelector: 'metadata.name=c' })
    assert.deepEqual(
      items.map(({ apiVersion, kind }) => [apiVersion, kind]),
      [['v1', 'ConfigMap']],
    )
  })

  contract('a kind is selected by phase, by name and by label', async ({ cluster, namespace }) => {
    for (const name of ['new', 'busy', 'done'])
      await cluster.create(backtest(namespace, name, { labels: { is: name } }))
    await cluster.applyStatus({ kind: 'Backtest', namespace, name: 'busy' }, { phase: 'Running' })
    await cluster.applyStatus({ kind: 'Backtest', namespace, name: 'done' }, { phase: 'Completed' })
    const select = async (by: object) => names((await cluster.list({ kind: 'Backtest', namespace, ...by })).items)
    assert.deepEqual(await select({ fieldSelector: LIVE }), ['busy', 'new'])
    assert.deepEqual(await select({ fieldSelector: 'status.phase=Running' }), ['busy'])
    assert.deepEqual(await select({ fieldSelector: `${LIVE},metadata.name=new` }), ['new'])
    assert.deepEqual(await select({ labelSelector: 'is in (busy, done)' }), ['busy', 'done'])
    assert.deepEqual(await select({ labelSelector: 'is,is!=done' }), ['busy', 'new'])
    assert.deepEqual(await select({ labelSelector: '!is' }), [])
    await refused('invalid', cluster.list({ kind: 'Backtest', namespace, fieldSelector: 'spec.dataset=sp500' }))
  })

  contract('metadata alone is asked for and comes alone', async ({ cluster, namespace, until }) => {
    await cluster.create(backtest(namespace, 'a', { labels: { a: 'b' } }))
    const query = { kind: 'Backtest' as const, namespace, metadataOnly: true }
    const { items, resourceVersion } = await cluster.list(query)
    const watch = follow(cluster, { ...query, resourceVersion })
    await cluster.patch({ kind: 'Backtest', namespace, name: 'a' }, { metadata: { labels: { a: 'c' } } })
    await until('the change', async () => watch.events.length > 0)
    await watch.stop()
    for (const object of [items[0]!, watch.events[0]!.object]) {
      assert.deepEqual([object.kind, object.spec, object.metadata.generation], ['PartialObjectMetadata', undefined, 1])
    }
    assert.deepEqual([items[0]!.metadata.labels, watch.events[0]!.object.metadata.labels], [{ a: 'b' }, { a: 'c' }])
  })

  contract(
    'a watch from a list misses nothing and brings every version in order',
    async ({ cluster, namespace, until }) => {
      await cluster.create(backtest(namespace, 'before'))
      const { resourceVersion } = await cluster.list({ kind: 'Backtest', namespace })
      const made = await cluster.create(backtest(namespace, 'a'))
      const watch = follow(cluster, { kind: 'Backtest', namespace, resourceVersion })
      const changed = await cluster.applyStatus({ kind: 'Backtest', namespace, name: 'a' }, { phase: 'Running' })
      await cluster.delete({ kind: 'Backtest', namespace, name: 'a' })
      await until('three events', async () => watch.events.length >= 3)
      await watch.stop()
      assert.deepEqual(watch.brief(), ['ADDED a', 'MODIFIED a', 'DELETED a'])
      const versions = watch.events.map(({ object }) => object.metadata.resourceVersion)
      assert.deepEqual(versions.slice(0, 2), [made.metadata.resourceVersion, changed.metadata.resourceVersion])
      assert.notEqual(versions[2], versions[1])
    },
  )

  contract(
    'an object that leaves a selection reads as deleted, as it was, at the version of the write',
    async (world) => {
      const { cluster, namespace, until } = world
      await cluster.create(backtest(namespace, 'a'))
      await cluster.applyStatus({ kind: 'Backtest', namespace, name: 'a' }, { phase: 'Running' })
      const query = { kind: 'Backtest' as const, namespace, fieldSelector: LIVE }
      const watch = follow(cluster, { ...query, resourceVersion: (await cluster.list(query)).resourceVersion })
      const left = await cluster.applyStatus({ kind: 'Backtest', namespace, name: 'a' }, { phase: 'Completed' })
      await cluster.applyStatus({ kind: 'Backtest', namespace, name: 'a' }, { phase: 'Pending' })
      await until('two events', async () => watch.events.length >= 2)
      await watch.stop()
      assert.deepEqual(watch.brief(), ['DELETED a', 'ADDED a'])
      assert.equal(watch.events[0]!.object.metadata.resourceVersion, left.metadata.resourceVersion)
      assert.equal((watch.events[0]!.object.status as { phase: string }).phase, 'Running')
    },
  )

  contract(
    'a watch ends quietly at its time, after a bookmark to go on from',
    async ({ cluster, namespace, until }) => {
      const watchTo = async (last: string) => {
        const { resourceVersion } = await cluster.list({ kind: 'Backtest', namespace })
        const watch = follow(cluster, { kind: 'Backtest', namespace, resourceVersion, timeoutSeconds: 4 })
        await cluster.create(backtest(namespace, `first-${last}`))
        await until('an event', async () => watch.events.length > 0 || watch.ended() !== 'open')
        // For what a watch begins with there is no bookmark, only for what comes while it is open.
        await cluster.create(backtest(namespace, last))
        await until('the end', async () => watch.ended() !== 'open')
        assert.equal(watch.ended(), 'quietly')
        return watch.events
      }
      let events = await watchTo('a')
      // A server that is held up ends a watch without the bookmark: it owes it to no single one.
      for (let more = 1; more < MOST_WATCHES && !isMarked(events); more++) events = await watchTo(`a${more}`)
      assert.ok(isMarked(events), events.map(({ type }) => type).join())
      const mark = events.at(-1)!.object
      const next = follow(cluster, { kind: 'Backtest', namespace, resourceVersion: mark.metadata.resourceVersion! })
      await cluster.create(backtest(namespace, 'b'))
      await until('the next event', async () => next.events.length > 0)
      await next.stop()
      assert.deepEqual(next.brief(), ['ADDED b'])
    },
  )

  contract('a watch ends quietly when it is told to', async ({ cluster, namespace }) => {
    const { resourceVersion } = await cluster.list({ kind: 'Backtest', namespace })
    const watch = follow(cluster, { kind: 'Backtest', namespace, resourceVersion })
    await cluster.create(backtest(namespace, 'a'))
    await watch.stop()
    assert.equal(watch.ended(), 'quietly')
  })

  contract('a version that is too old is gone', async ({ cluster, namespace, until, forget }) => {
    const { resourceVersion } = await cluster.list({ kind: 'Backtest', namespace })
    await cluster.create(backtest(namespace, 'a'))
    const old = await forget(resourceVersion)
    const watch = follow(cluster, { kind: 'Backtest', namespace, resourceVersion: old })
    await until('the end', async () => watch.ended() !== 'open')
    const end = watch.ended() as { error: unknown }
    assert.ok(isKubeError(end.error, 'gone'), String(end.error))
  })
}
