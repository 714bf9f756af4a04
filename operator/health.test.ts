import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { serveHealth } from './health.ts'

const metrics = async () => ({ contentType: 'text/plain; version=0.0.4', text: 'hindcast_leader 1\n' })

async function ask(path: string, probes: { alive?: string; ready?: string }, method = 'GET') {
  const server = await serveHealth(0, { alive: () => probes.alive ?? null, ready: () => probes.ready ?? null, metrics })
  try {
    const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
    return [answer.status, await answer.text()]
  } finally {
    await server.close()
  }
}

const cases: readonly [title: string, ask: () => Promise<unknown>, answer: readonly unknown[]][] = [
  ['a live operator says ok', () => ask('/healthz', {}), [200, 'ok\n']],
  ['one that is stuck says why', () => ask('/healthz', { alive: 'a worker is stuck' }), [503, 'a worker is stuck\n']],
  ['readiness is another question', () => ask('/readyz', { alive: 'stuck' }), [200, 'ok\n']],
  ['one that has not listed yet is not ready', () => ask('/readyz', { ready: 'no Jobs' }), [503, 'no Jobs\n']],
  ['metrics are text', () => ask('/metrics', {}), [200, 'hindcast_leader 1\n']],
  ['a path that is none is named', () => ask('/', {}), [404, 'known: /healthz, /readyz, /metrics\n']],
  ['nothing can be written', () => ask('/metrics', {}, 'POST'), [405, 'GET only\n']],
]
for (const [title, asked, answer] of cases) {
  test(title, async () => assert.deepEqual(await asked(), answer))
}
