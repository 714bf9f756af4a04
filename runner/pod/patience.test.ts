import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import { type PatiencePorts, patiently } from './patience.ts'

const away = () => new HindcastError('database_unavailable', 'out of reach')

/** A clock that stands still unless the work moves it, and what was waited for. */
function world(change: Partial<PatiencePorts> = {}) {
  const now = { ms: 0, waits: 0 }
  const ports: PatiencePorts = {
    monotonic: () => now.ms,
    signal: new AbortController().signal,
    lastMs: 10,
    onWait: () => {
      now.waits += 1
    },
    ...change,
  }
  return { now, ports }
}
const short = { forMs: 1_000, firstMs: 1, mostMs: 2 }

test('work that succeeds is done once', async () => {
  const { now, ports } = world()
  assert.equal(await patiently(async () => 7, short, ports), 7)
  assert.equal(now.waits, 0)
})

test('work is done again while the database is out of reach', async () => {
  const { now, ports } = world()
  let tries = 0
  const work = async () => {
    tries += 1
    if (tries < 4) throw away()
    return tries
  }
  assert.deepEqual([await patiently(work, short, ports), now.waits], [4, 3])
})

test('patience ends, with what was thrown last', async () => {
  const { now, ports } = world()
  const work = async () => {
    now.ms += 400
    throw away()
  }
  await assert.rejects(patiently(work, short, ports), { code: 'database_unavailable', message: 'out of reach' })
  assert.deepEqual([now.ms, now.waits], [1_200, 2])
})

test('any other error is no reason to wait', async () => {
  const { now, ports } = world()
  const bug = new TypeError('x')
  await assert.rejects(
    patiently(() => Promise.reject(bug), short, ports),
    bug,
  )
  assert.equal(now.waits, 0)
})

test('a pod that is told to end waits no longer, and makes no further try', async () => {
  const end = new AbortController()
  const { now, ports } = world({ signal: end.signal, onWait: () => end.abort() })
  let tries = 0
  const work = () => {
    tries += 1
    return Promise.reject(away())
  }
  await assert.rejects(
    patiently(work, { forMs: 1_000_000, firstMs: 1_000_000, mostMs: 1_000_000 }, ports),
    /out of reach/,
  )
  assert.deepEqual([tries, now.ms], [1, 0])
})

test('a statement that hangs when the pod is told to end counts as out of reach', async () => {
  const end = new AbortController()
  const { ports } = world({ signal: end.signal })
  const hanging = patiently(() => new Promise<never>(() => {}), short, ports)
  end.abort()
  await assert.rejects(hanging, { code: 'database_unavailable', message: /had to end/ })
})

test('a statement that answers in that time counts', async () => {
  const end = new AbortController()
  end.abort()
  const { ports } = world({ signal: end.signal, lastMs: 60_000 })
  assert.equal(await patiently(async () => 'answer', short, ports), 'answer')
})
