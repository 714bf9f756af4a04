import { strict as assert } from 'node:assert'
import type { ServerResponse } from 'node:http'
import { after, test } from 'node:test'
import { failure, startBadServer } from '../../test/kube/bad-server.ts'
import { createVirtualClock } from '../../test/world/virtual-clock.ts'
import { openCluster, type PodLogQuery } from '../client.ts'
import { isKubeError } from '../kube-error.ts'

async function reading(answer: (reply: ServerResponse) => void, more: Partial<PodLogQuery> = {}) {
  const server = await startBadServer((reply) => answer(reply))
  const clock = createVirtualClock()
  const cluster = openCluster(server.config, { clock, random: () => 0 })
  after(async () => {
    cluster.close()
    await server.close()
  })
  const pieces: string[] = []
  const done = (async () => {
    for await (const piece of cluster.podLog({ namespace: 'quant', name: 'a-1', ...more })) pieces.push(piece)
    return pieces.join('')
  })()
  return { server, clock, pieces, done }
}

test('a log comes as it was written, characters whole', async () => {
  const bytes = Buffer.from('début\nfin sans retour: €')
  const { server, done } = await reading(
    (reply) => {
      reply.writeHead(200)
      reply.write(bytes.subarray(0, 2))
      setTimeout(() => reply.end(bytes.subarray(2)), 5)
    },
    { follow: true, tailLines: 10, container: 'runner' },
  )
  assert.equal(await done, bytes.toString())
  const { pathname, search } = server.heard[0]!.url
  assert.equal(
    `${pathname}${search}`,
    '/api/v1/namespaces/quant/pods/a-1/log?container=runner&follow=true&tailLines=10',
  )
})

test('a silent log is read on, far beyond the deadline of a call', async () => {
  let reply: ServerResponse | null = null
  const { clock, pieces, done } = await reading(
    (one) => {
      reply = one
      one.writeHead(200)
      one.write('a')
    },
    { follow: true },
  )
  while (pieces.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  await clock.advance(3_600_000)
  reply!.end('b')
  assert.equal(await done, 'ab')
})

for (const [title, code, answer] of [
  ['no such pod', 'not_found', (reply: ServerResponse) => failure(reply, 404, 'NotFound')],
  ['a container that waits', 'invalid', (reply: ServerResponse) => failure(reply, 400, 'BadRequest')],
  [
    'a cut connection',
    'unavailable',
    (reply: ServerResponse) => {
      reply.writeHead(200).write('a')
      setTimeout(() => reply.socket?.resetAndDestroy(), 5)
    },
  ],
] as const) {
  test(`${title} ends a log as ${code}`, async () => {
    const { done } = await reading(answer)
    await assert.rejects(done, (error) => isKubeError(error, code))
  })
}

test('a server that does not begin to answer is left after 10 s', async () => {
  const { server, clock, done } = await reading(() => {})
  while (server.heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  const ended = assert.rejects(done, (error) => isKubeError(error, 'timeout'))
  await clock.advance(10_000)
  await ended
})

test('a reader that was told to stop ends quietly', async () => {
  const stop = new AbortController()
  const { pieces, done } = await reading((reply) => void reply.writeHead(200).write('a'), {
    signal: stop.signal,
    follow: true,
  })
  while (pieces.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  stop.abort()
  assert.equal(await done, 'a')
})
