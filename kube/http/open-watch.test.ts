import { strict as assert } from 'node:assert'
import type { ServerResponse } from 'node:http'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { failure, type Heard, json, startBadServer } from '../../test/kube/bad-server.ts'
import { createVirtualClock } from '../../test/world/virtual-clock.ts'
import { openCluster } from '../client.ts'
import type { WatchEvent } from '../cluster.ts'
import { isKubeError } from '../kube-error.ts'

const QUERY = { kind: 'Backtest' as const, namespace: 'quant', resourceVersion: '5', timeoutSeconds: 240 }
const line = (type: string, name: string, more: object = {}) =>
  `${JSON.stringify({ type, object: { kind: 'Backtest', metadata: { name, resourceVersion: '6' }, ...more } })}\n`

/** Watches a server that writes so, until the watch ends or the test says stop. */
async function watching(write: (reply: ServerResponse, heard: Heard) => void) {
  const server = await startBadServer((reply, heard) => write(reply, heard))
  const clock = createVirtualClock()
  const cluster = openCluster(server.config, { clock, random: () => 0 })
  const stop = new AbortController()
  const events: WatchEvent[] = []
  let end: { error: unknown } | null = null
  const reading = (async () => {
    try {
      for await (const event of cluster.watch({ ...QUERY, signal: stop.signal })) events.push(event)
      end = { error: null }
    } catch (error) {
      end = { error }
    }
  })()
  after(async () => {
    cluster.close()
    await server.close()
  })
  const breathe = () => new Promise((resolve) => setTimeout(resolve, 2))
  return {
    server,
    clock,
    events,
    stop,
    names: () => events.map(({ object }) => object.metadata.name),
    ended: () => end,
    breathe,
    /** Waits for real bytes to arrive, without letting virtual time pass. */
    async until(holds: () => boolean) {
      for (let k = 0; k < 2000 && !holds(); k++) await breathe()
      assert.ok(holds(), 'it never came')
    },
    async end() {
      await reading
      return end!.error
    },
  }
}

const open = (reply: ServerResponse) => reply.writeHead(200, { 'content-type': 'application/json' })

test('a watch asks for bookmarks, a version and an end', async () => {
  const { server, end } = await watching((reply) => void open(reply).end())
  await end()
  assert.equal(server.heard[0]!.url.search, '?watch=true&allowWatchBookmarks=true&resourceVersion=5&timeoutSeconds=240')
})

test('a stream that the server ends is the quiet end of a watch', async () => {
  const { names, end } = await watching((reply) => void open(reply).end(line('ADDED', 'a') + line('BOOKMARK', '')))
  assert.equal(await end(), null)
  assert.deepEqual(names(), ['a', ''])
})

const ENDS: readonly [title: string, code: string, write: (reply: ServerResponse) => void][] = [
  ['a line of garbage', 'garbage', (reply) => void open(reply).end(`${line('ADDED', 'a')}{{{\n`)],
  ['a line that is no event', 'garbage', (reply) => void open(reply).end(`${line('ADDED', 'a')}{"type":"HELLO"}\n`)],
  ['an event without an object', 'garbage', (reply) => void open(reply).end(`${line('ADDED', 'a')}{"type":"ADDED"}\n`)],
  ['half a line', 'unavailable', (reply) => void open(reply).end(`${line('ADDED', 'a')}{"type":"ADDE`)],
  [
    'a connection reset',
    'unavailable',
    (reply) => {
      open(reply).write(line('ADDED', 'a'))
      setTimeout(() => reply.socket?.resetAndDestroy(), 20)
    },
  ],
  ['an ERROR event of 410', 'gone', (reply) => void open(reply).end(line('ADDED', 'a') + errorLine(410, 'Expired'))],
  [
    'an ERROR event of 500',
    'unavailable',
    (reply) => void open(reply).end(line('ADDED', 'a') + errorLine(500, 'InternalError')),
  ],
]
for (const [title, code, write] of ENDS) {
  test(`${title} ends a watch as ${code}, after what came before`, async () => {
    const { names, end } = await watching(write)
    const error = await end()
    assert.ok(isKubeError(error) && error.code === code, String(error))
    assert.deepEqual(names(), ['a'])
  })
}

function errorLine(code: number, reason: string): string {
  return `${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code, reason, message: 'no' } })}\n`
}

const REFUSALS: readonly [status: number, reason: string, code: string][] = [
  [410, 'Expired', 'gone'],
  [403, 'Forbidden', 'forbidden'],
  [404, 'NotFound', 'not_found'],
  [500, 'InternalError', 'unavailable'],
]
for (const [status, reason, code] of REFUSALS) {
  test(`a watch refused with ${status} is ${code}`, async () => {
    const { end } = await watching((reply) => failure(reply, status, reason))
    const error = await end()
    assert.ok(isKubeError(error) && error.code === code, String(error))
  })
}

test('a refusal with Retry-After says when to come again', async () => {
  const { end } = await watching((reply) => json(reply, 429, {}, { 'retry-after': '7' }))
  const error = await end()
  assert.ok(isKubeError(error, 'too_many_requests') && error.retryAfterMs === 7000)
})

test('a server that does not even begin to answer is left after 10 s', async () => {
  const { server, clock, until, end } = await watching(() => {})
  await until(() => server.heard.length === 1)
  await clock.advance(10_000)
  const error = await end()
  assert.ok(isKubeError(error, 'timeout'), String(error))
})

test('a silence of 90 s ends a watch; a byte within it does not', async () => {
  let reply: ServerResponse | null = null
  const { clock, until, ended, events, end } = await watching((one) => {
    reply = one
    open(one).write(line('ADDED', 'a'))
  })
  await until(() => events.length === 1)
  await clock.advance(89_000)
  reply!.write(line('BOOKMARK', ''))
  await until(() => events.length === 2)
  await clock.advance(89_000)
  assert.equal(ended(), null)
  await clock.advance(1000)
  assert.ok(isKubeError(await end(), 'timeout'))
})

test('a watch that is told to stop ends quietly and closes its connection', async () => {
  const closed: boolean[] = []
  const { events, until, stop, end } = await watching((reply) => {
    reply.on('close', () => closed.push(true))
    open(reply).write(line('ADDED', 'a'))
  })
  await until(() => events.length === 1)
  stop.abort()
  assert.equal(await end(), null)
  await until(() => closed.length === 1)
})

test('a reader that leaves closes the connection', async () => {
  const closed: boolean[] = []
  const server = await startBadServer((reply) => {
    reply.on('close', () => closed.push(true))
    open(reply).write(line('ADDED', 'a'))
  })
  const cluster = openCluster(server.config, { clock: createVirtualClock(), random: () => 0 })
  for await (const event of cluster.watch(QUERY)) {
    assert.equal(event.object.metadata.name, 'a')
    break
  }
  for (let k = 0; k < 500 && closed.length === 0; k++) await new Promise((resolve) => setTimeout(resolve, 2))
  assert.equal(closed.length, 1)
  cluster.close()
  await server.close()
})

test('events arrive whole however the bytes are cut, also inside a character', async () => {
  const law = fc.asyncProperty(
    fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
    async (names, cuts) => {
      const bytes = Buffer.from(names.map((name) => line('ADDED', name)).join(''))
      const seen = await watching((reply) => {
        open(reply)
        reply.socket!.setNoDelay(true)
        let at = 0
        const next = (turn: number): void => {
          if (at >= bytes.length) return void reply.end()
          const end = at + cuts[turn % cuts.length]!
          reply.write(bytes.subarray(at, end), () => setImmediate(() => next(turn + 1)))
          at = end
        }
        next(0)
      })
      assert.equal(await seen.end(), null)
      assert.deepEqual(seen.names(), names)
    },
  )
  await fc.assert(law, { numRuns: 25 })
})

test('a line without end is garbage, not a process without memory', async () => {
  const piece = Buffer.alloc(1024 * 1024, 'x')
  const { end } = await watching((reply) => {
    open(reply)
    const pour = () => {
      if (reply.socket?.destroyed === false) reply.write(piece, () => setImmediate(pour))
    }
    pour()
  })
  assert.ok(isKubeError(await end(), 'garbage'))
})
