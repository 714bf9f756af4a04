import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { ACTIVE, backtest, ref, reflectorWorld } from '../../test/kube/reflector-world.ts'
import { KubeError } from '../kube-error.ts'

type Deed = { readonly do: string; readonly name: string; readonly ms: number }

test('after any story of writes, cuts, compactions and late answers, it holds what the server holds', async () => {
  const deed: fc.Arbitrary<Deed> = fc.record({
    do: fc.constantFrom('create', 'label', 'own-label', 'finish', 'delete', 'cut', 'break', 'compact', 'wait', 'wait'),
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    ms: fc.nat(3000),
  })
  const law = fc.asyncProperty(fc.array(deed, { maxLength: 40 }), fc.nat(2000), async (story, lag) => {
    let turn = 0
    const weather = () => ({ lagMs: () => (lag * (turn++ % 3)) / 2, twice: () => turn % 5 === 0 })
    const seen = reflectorWorld({ fieldSelector: ACTIVE }, { weather })
    await seen.clock.advance(0)
    for (const [step, { do: what, name, ms }] of story.entries()) await live(seen, what, { name, ms, step })
    await seen.clock.advance(100_000)
    const truth = seen.api.all('Backtest').filter((object) => (object.status as { phase?: string })?.phase !== 'Failed')
    assert.deepEqual(
      [...seen.reflector.list()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)),
      truth,
    )
    assert.equal(seen.reflector.figures().assumed, 0)
    seen.reflector.stop()
  })
  await fc.assert(law, { numRuns: 150 })
})

async function live(
  seen: ReturnType<typeof reflectorWorld>,
  what: string,
  by: { name: string; ms: number; step: number },
) {
  const { api, cluster, clock, reflector } = seen
  const exists = api.read(ref(by.name)) !== undefined
  const label = { metadata: { labels: { step: String(by.step) } } }
  if (what === 'create' && !exists) reflector.assume(await cluster.create(backtest(by.name)))
  if (what === 'label' && exists) api.edit(ref(by.name), label)
  if (what === 'own-label' && exists) {
    const answer = await cluster.patch(ref(by.name), label)
    await clock.advance(by.ms)
    reflector.assume(answer)
  }
  if (what === 'finish' && exists) reflector.assume(await cluster.applyStatus(ref(by.name), { phase: 'Failed' }))
  if (what === 'delete' && exists) api.remove(ref(by.name))
  if (what === 'cut') api.cutWatches()
  if (what === 'break') api.cutWatches(undefined, new KubeError('unavailable', 'cut'))
  if (what === 'compact') api.compact()
  if (what === 'wait') await clock.advance(by.ms)
}
