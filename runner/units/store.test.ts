import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import type { Claim, Fenced, UnitBytes } from '../../storage/ledger/ledger.ts'
import { startUnitStore } from './store.ts'

const claim: Claim = { jobId: 'job', attempt: 1, index: 0, podUid: 'pod' }
const set = { engineRevision: 1, total: 100 }
const unitOf = (unit: number, size = 10): UnitBytes => ({ unit, bytes: new Uint8Array(size) })

/** A ledger whose statements wait to be answered, under a clock that the test moves. */
function bench() {
  const clock = { ms: 0 }
  const asked: { units: number[]; answer: (done: number | Fenced | Error) => void }[] = []
  const seen: (number | string)[] = []
  const store = startUnitStore({
    ledger: {
      storeUnits: (_, __, units) =>
        new Promise((resolve, reject) => {
          const answer = (done: number | Fenced | Error) => (done instanceof Error ? reject(done) : resolve(done))
          asked.push({ units: units.map(({ unit }) => unit), answer })
        }),
    },
    claim,
    set,
    monotonic: () => clock.ms,
    onStored: (done) => seen.push(done),
    onFenced: () => seen.push('fenced'),
  })
  return { store, asked, seen, clock, statements: () => asked.map(({ units }) => units) }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const outage = new HindcastError('database_unavailable', 'away')

test('the first unit is stored at once, and those that come meanwhile together', async () => {
  const { store, asked, statements, seen } = bench()
  store.add(unitOf(0))
  store.add(unitOf(1))
  store.add(unitOf(2))
  assert.deepEqual(statements(), [[0]])
  asked[0]!.answer(1)
  await turn()
  assert.deepEqual(statements(), [[0], [1, 2]])
  asked[1]!.answer(3)
  await store.end()
  assert.deepEqual(seen, [1, 3])
})

test('a statement that took long is followed by a rest, which a unit does not break', async () => {
  const { store, asked, statements, clock } = bench()
  store.add(unitOf(0))
  clock.ms = 60_000
  asked[0]!.answer(1)
  await turn()
  store.add(unitOf(1))
  await turn()
  assert.deepEqual(statements(), [[0]])
  const ending = store.end()
  await turn()
  assert.deepEqual(statements(), [[0], [1]], 'the end waits for no rest')
  asked[1]!.answer(2)
  await ending
})

test('a rest is over after a quarter of a second, however long the statement took', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { store, asked, statements, clock } = bench()
  store.add(unitOf(0))
  clock.ms = 60_000
  asked[0]!.answer(1)
  await turn()
  store.add(unitOf(1))
  context.mock.timers.tick(249)
  assert.deepEqual(statements(), [[0]])
  context.mock.timers.tick(1)
  assert.deepEqual(statements(), [[0], [1]])
  asked[1]!.answer(2)
  await store.end()
})

test('who waits for all of it breaks the rest', async () => {
  const { store, asked, statements, clock } = bench()
  store.add(unitOf(0))
  clock.ms = 60_000
  asked[0]!.answer(1)
  await turn()
  store.add(unitOf(1))
  const settled = store.settled()
  await turn()
  assert.deepEqual(statements(), [[0], [1]])
  asked[1]!.answer(2)
  assert.equal(await settled, 'stored')
})

test('a statement holds no more than four megabytes, or one unit', async () => {
  const { store, asked, statements } = bench()
  store.add(unitOf(0))
  for (const unit of [1, 2, 3]) store.add(unitOf(unit, 2 ** 21))
  store.add(unitOf(4, 2 ** 23))
  for (let at = 0; at < 4; at++) {
    asked[at]!.answer(at)
    await turn()
  }
  assert.deepEqual(statements(), [[0], [1, 2], [3], [4]])
  await store.end()
})

test('while the record is away units wait, and are stored in their order when it is back', async () => {
  const { store, asked, statements } = bench()
  store.add(unitOf(0))
  asked[0]!.answer(outage)
  await turn()
  store.add(unitOf(1))
  assert.deepEqual(statements(), [[0]], 'not at once')
  const settled = store.settled()
  await turn()
  assert.deepEqual(statements(), [[0], [0, 1]])
  asked[1]!.answer(2)
  assert.equal(await settled, 'stored')
})

for (const [title, error] of [
  ['an outage', outage],
  ['a fault of ours', new RangeError('ours')],
] as const) {
  test(`who waits for all of it is told ${title}; the end tries once more and goes on whatever comes`, async () => {
    const { store, asked, statements } = bench()
    store.add(unitOf(0))
    const settled = store.settled()
    asked[0]!.answer(error)
    await assert.rejects(settled, error)
    const ending = store.end()
    await turn()
    asked[1]!.answer(error)
    await ending
    assert.deepEqual(statements(), [[0], [0]])
  })
}

test('once fenced nothing is stored any more', async () => {
  const { store, asked, seen, statements } = bench()
  store.add(unitOf(0))
  asked[0]!.answer('fenced')
  await turn()
  store.add(unitOf(1))
  assert.equal(await store.settled(), 'fenced')
  await store.end()
  assert.deepEqual([seen, statements()], [['fenced'], [[0]]])
})

test('with nothing to do it is settled, and after its end it stores nothing', async () => {
  const { store, statements } = bench()
  assert.equal(await store.settled(), 'stored')
  await store.end()
  store.add(unitOf(0))
  assert.deepEqual(statements(), [])
})

test('an abandoned store tries nothing again', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { store, asked, statements } = bench()
  store.add(unitOf(0))
  asked[0]!.answer(outage)
  await turn()
  store.abandon()
  context.mock.timers.tick(60_000)
  await turn()
  assert.deepEqual(statements(), [[0]])
})
