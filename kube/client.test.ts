import { strict as assert } from 'node:assert'
import type { ServerResponse } from 'node:http'
import { after, test } from 'node:test'
import { type BadServer, configFor, failure, type Heard, json, startBadServer } from '../test/kube/bad-server.ts'
import { createVirtualClock, type VirtualClock } from '../test/world/virtual-clock.ts'
import { type FinishedCall, openCluster } from './client.ts'
import type { Rate } from './http/limiter.ts'
import { isKubeError, type KubeErrorCode } from './kube-error.ts'

const REF = { kind: 'ConfigMap' as const, namespace: 'quant', name: 'a' }
const OBJECT = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'quant' } }
const LEASE = { ...REF, kind: 'Lease' as const }

type Answer = (reply: ServerResponse, heard: Heard, number: number) => void

/** A client of a server that answers so; time passes only while a test drives it. */
async function facing(answer: Answer, options: { rate?: Rate } = {}) {
  const server: BadServer = await startBadServer(answer)
  const clock = createVirtualClock()
  const calls: FinishedCall[] = []
  const cluster = openCluster(server.config, {
    clock,
    random: () => 1,
    onCall: (call) => calls.push(call),
    ...options,
  })
  after(async () => {
    cluster.close()
    await server.close()
  })
  return { server, clock, cluster, calls, drive: <T>(call: Promise<T>, stepMs?: number) => drive(clock, call, stepMs) }
}

/** Lets virtual time pass until a call ended; real input and output happen meanwhile. Gives how long it took. */
async function drive<T>(clock: VirtualClock, call: Promise<T>, stepMs = 100) {
  let state: 'pending' | 'over' = 'pending'
  const outcome = call.then(
    (value) => ({ value, error: null }),
    (error: unknown) => ({ value: null, error }),
  )
  void outcome.then(() => {
    state = 'over'
  })
  const from = clock.monotonic()
  while (state === 'pending') {
    for (let k = 0; k < 3; k++) await new Promise((resolve) => setTimeout(resolve, 1))
    if (state === 'pending') await clock.advance(stepMs)
  }
  return { ...(await outcome), tookMs: clock.monotonic() - from }
}

const codeOf = (error: unknown) => (isKubeError(error) ? error.code : String(error))

const REFUSALS: readonly [code: KubeErrorCode, status: number, reason: string, more?: object][] = [
  ['not_found', 404, 'NotFound'],
  ['already_exists', 409, 'AlreadyExists'],
  ['conflict', 409, 'Conflict'],
  ['gone', 410, 'Expired'],
  ['gone', 410, 'Gone'],
  ['invalid', 422, 'Invalid'],
  ['invalid', 400, 'BadRequest'],
  ['invalid', 415, 'UnsupportedMediaType'],
  ['forbidden', 403, 'Forbidden'],
  ['quota', 403, 'Forbidden', { message: 'jobs "a" is forbidden: exceeded quota: runs, requested: 1' }],
]
for (const [code, status, reason, more] of REFUSALS) {
  test(`${status} ${reason} is ${code}, said once, and names the call`, async () => {
    const { server, cluster, drive } = await facing((reply) => failure(reply, status, reason, more))
    const { error } = await drive(cluster.get(REF))
    assert.equal(codeOf(error), code)
    assert.match((error as Error).message, /^get configmaps quant\/a: \d{3} /)
    assert.equal(server.heard.length, 1)
  })
}

const PASSING: readonly [title: string, first: Answer][] = [
  ['503', (reply) => failure(reply, 503, 'ServiceUnavailable')],
  ['500', (reply) => failure(reply, 500, 'InternalError')],
  ['504', (reply) => failure(reply, 504, 'Timeout')],
  ['a plain-text 502 of a proxy', (reply) => void reply.writeHead(502).end('bad gateway')],
  ['429', (reply) => failure(reply, 429, 'TooManyRequests')],
  ['a connection reset before the answer', (reply) => void reply.socket!.destroy()],
  ['a body that is cut', (reply) => cutBody(reply)],
]
for (const [title, first] of PASSING) {
  test(`a create goes on after ${title}, with the same body`, async () => {
    const { server, cluster, drive, calls } = await facing((reply, _heard, number) =>
      number === 0 ? first(reply, _heard, number) : json(reply, 201, OBJECT),
    )
    const { value, error } = await drive(cluster.create(OBJECT))
    assert.equal(error, null)
    assert.deepEqual(value, OBJECT)
    assert.equal(server.heard.length, 2)
    assert.equal(server.heard[0]!.body, server.heard[1]!.body)
    assert.deepEqual(
      calls.map(({ verb, kind, result, tries }) => [verb, kind, result, tries]),
      [['create', 'ConfigMap', 'ok', 2]],
    )
  })
}

function cutBody(reply: ServerResponse): void {
  reply.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
  reply.write('{"kind":')
  setTimeout(() => reply.socket?.destroy(), 5)
}

for (const [title, answer] of [
  [
    'the header Retry-After',
    (reply: ServerResponse) => json(reply, 429, { reason: 'TooManyRequests' }, { 'retry-after': '3' }),
  ],
  [
    'retryAfterSeconds of the Status',
    (reply: ServerResponse) => failure(reply, 503, 'x', { details: { retryAfterSeconds: 3 } }),
  ],
] as const) {
  test(`${title} is waited for`, async () => {
    const { cluster, drive } = await facing((reply, _heard, number) =>
      number === 0 ? answer(reply) : json(reply, 200, OBJECT),
    )
    const { tookMs } = await drive(cluster.get(REF))
    assert.ok(tookMs >= 3000 && tookMs < 4000, `${tookMs} ms`)
  })
}

test('a server that is never well is given up after five tries', async () => {
  const { server, cluster, drive } = await facing((reply) => failure(reply, 503, 'ServiceUnavailable'))
  const { error, tookMs } = await drive(cluster.get(REF))
  assert.equal(codeOf(error), 'unavailable')
  assert.equal(server.heard.length, 5)
  assert.ok(tookMs < 10_000)
})

test('a Retry-After beyond the deadline ends the call at once, and tells the caller', async () => {
  const { server, cluster, drive } = await facing((reply) => json(reply, 429, {}, { 'retry-after': '60' }))
  const { error, tookMs } = await drive(cluster.get(REF))
  assert.ok(isKubeError(error, 'too_many_requests') && error.retryAfterMs === 60_000)
  assert.equal(server.heard.length, 1)
  assert.ok(tookMs < 1000)
})

test('a port that nobody listens on is unavailable', async () => {
  const { server } = await facing(() => {})
  await server.close()
  const clock = createVirtualClock()
  const cluster = openCluster(server.config, { clock, random: () => 1 })
  const { error } = await drive(clock, cluster.get(REF))
  assert.equal(codeOf(error), 'unavailable')
})

for (const [title, limitMs, call] of [
  ['a call', 10_000, (cluster: ReturnType<typeof openCluster>) => cluster.get(REF)],
  ['a list', 60_000, (cluster: ReturnType<typeof openCluster>) => cluster.list({ kind: 'Job', namespace: null })],
  ['a call for a lease', 4000, (cluster: ReturnType<typeof openCluster>) => cluster.get(LEASE)],
] as const) {
  test(`${title} that gets no answer ends after ${limitMs / 1000} s`, async () => {
    const { cluster, drive } = await facing(() => {})
    const { error, tookMs } = await drive<unknown>(call(cluster), 500)
    assert.equal(codeOf(error), 'timeout')
    assert.ok(tookMs >= limitMs && tookMs <= limitMs + 500, `${tookMs} ms`)
  })
}

test('a body that stops in the middle ends by the same deadline', async () => {
  const { cluster, drive } = await facing((reply) => void reply.writeHead(200).write('{"kind":'))
  const { error, tookMs } = await drive(cluster.get(REF), 500)
  assert.equal(codeOf(error), 'timeout')
  assert.ok(tookMs >= 10_000)
})

for (const [title, body] of [
  ['no JSON', '<html>'],
  ['no object', '"text"'],
  ['nothing', ''],
] as const) {
  test(`a 200 with ${title} is garbage and is not asked for again`, async () => {
    const { server, cluster, drive } = await facing((reply) => void reply.writeHead(200).end(body))
    assert.equal(codeOf((await drive(cluster.get(REF))).error), 'garbage')
    assert.equal(server.heard.length, 1)
  })
}

test('a list that is no list is garbage', async () => {
  const { cluster, drive } = await facing((reply) => json(reply, 200, { kind: 'Status' }))
  assert.equal(codeOf((await drive(cluster.list({ kind: 'Job', namespace: null }))).error), 'garbage')
})

test('a delete whose first answer was lost counts as done when the object is gone', async () => {
  const { cluster, drive } = await facing((reply, _heard, number) =>
    number === 0 ? void reply.socket!.destroy() : failure(reply, 404, 'NotFound'),
  )
  assert.deepEqual((await drive(cluster.delete(REF))).value, null)
})

test('a delete of what was never there is not found', async () => {
  const { cluster, drive } = await facing((reply) => failure(reply, 404, 'NotFound'))
  assert.equal(codeOf((await drive(cluster.delete(REF))).error), 'not_found')
})

test('a 401 reads the credentials again, once', async () => {
  const { server, cluster, drive } = await facing((reply, heard) => {
    if (heard.headers.authorization === 'Bearer token-2') return json(reply, 200, OBJECT)
    Object.assign(server.config.getCurrentUser()!, { token: heard.url.pathname.endsWith('/a') ? 'token-2' : 'token-1' })
    failure(reply, 401, 'Unauthorized')
  })
  assert.equal((await drive(cluster.get(REF))).error, null)
  assert.deepEqual(
    server.heard.map(({ headers }) => headers.authorization),
    ['Bearer token-1', 'Bearer token-2'],
  )
})

test('credentials that stay wrong are told after the second try', async () => {
  const { server, cluster, drive } = await facing((reply) => failure(reply, 401, 'Unauthorized'))
  assert.equal(codeOf((await drive(cluster.get(REF))).error), 'unauthorized')
  assert.equal(server.heard.length, 2)
})

test('calls one after another share one connection', async () => {
  const { server, cluster, drive } = await facing((reply) => json(reply, 200, OBJECT))
  for (let k = 0; k < 20; k++) await drive(cluster.get(REF))
  assert.equal(server.connections(), 1)
})

test('calls beyond the rate wait their turn, a lease does not', async () => {
  const { cluster, drive, calls } = await facing((reply) => json(reply, 200, OBJECT), {
    rate: { perSecond: 1, burst: 2 },
  })
  const { tookMs } = await drive(Promise.all([1, 2, 3, 4].map(() => cluster.get(REF))))
  assert.ok(tookMs >= 2000 && tookMs < 3000, `${tookMs} ms`)
  assert.deepEqual(
    calls.map((call) => Math.round(call.limitedMs / 500) * 500),
    [0, 0, 1000, 2000],
  )
  assert.ok((await drive(cluster.get(LEASE))).tookMs < 500)
})

test('a call that waits for the rate beyond its deadline ends by it', async () => {
  const { server, cluster, drive } = await facing((reply) => json(reply, 200, OBJECT), {
    rate: { perSecond: 0.01, burst: 1 },
  })
  await drive(cluster.get(REF))
  const { error, tookMs } = await drive(cluster.get(REF), 500)
  assert.equal(codeOf(error), 'timeout')
  assert.ok(tookMs <= 10_500, `${tookMs} ms`)
  assert.equal(server.heard.length, 1)
})

for (const name of ['', '.', '..', '../secrets', 'a/b', 'a?b', 'A', 'a%2fb', '-a', 'a'.repeat(254)]) {
  test(`a name like ${JSON.stringify(name.slice(0, 20))} never becomes a path`, async () => {
    const { server, cluster, drive } = await facing((reply) => json(reply, 200, OBJECT))
    const ref = { ...REF, name }
    const wrong = { ...REF, namespace: name }
    const calls = [() => cluster.delete(ref), () => cluster.get(wrong), () => cluster.patch(ref, {})]
    for (const call of calls) assert.equal(codeOf((await drive(settle(call))).error), 'invalid')
    assert.equal(server.heard.length, 0)
  })
}

const settle = async <T>(call: () => Promise<T>): Promise<T> => call()

test('what goes over the wire: paths, queries, content types, managers, preconditions', async () => {
  const { server, cluster, drive } = await facing((reply) =>
    json(reply, 200, { ...OBJECT, items: [], metadata: { resourceVersion: '7' } }),
  )
  const backtest = { kind: 'Backtest' as const, namespace: 'quant', name: 'm' }
  await drive(cluster.applyStatus(backtest, { phase: 'Running' }))
  await drive(cluster.patch({ ...backtest, uid: 'u-1' }, { metadata: { labels: { a: null } } }))
  await drive(cluster.delete({ ...REF, uid: 'u-1' }, { propagation: 'Foreground', gracePeriodSeconds: 0 }))
  await drive(cluster.create({ ...OBJECT, apiVersion: 'batch/v1', kind: 'Job' }))
  const select = { fieldSelector: 'status.phase!=Failed', labelSelector: 'a in (b, c)', metadataOnly: true }
  await drive(cluster.list({ kind: 'Pod', namespace: null, limit: 500, continueToken: 'x=', ...select }))
  const lines = server.heard.map(({ method, url }) => `${method} ${url.pathname}${decodeURIComponent(url.search)}`)
  const root = '/apis/hindcast.dev/v1alpha1/namespaces/quant/backtests'
  assert.deepEqual(lines, [
    `PATCH ${root}/m/status?fieldManager=hindcast-status&force=true`,
    `PATCH ${root}/m?fieldManager=hindcast-operator`,
    'DELETE /api/v1/namespaces/quant/configmaps/a',
    'POST /apis/batch/v1/namespaces/quant/jobs?fieldManager=hindcast-operator',
    'GET /api/v1/pods?fieldSelector=status.phase!=Failed&labelSelector=a+in+(b,+c)&limit=500&continue=x=',
  ])
  assert.deepEqual(
    server.heard.map(({ headers }) => headers['content-type']?.replace('application/', '')),
    ['apply-patch+yaml', 'merge-patch+json', 'json', 'json', undefined],
  )
  assert.match(server.heard[4]!.headers.accept!, /as=PartialObjectMetadataList/)
  assert.deepEqual(JSON.parse(server.heard[0]!.body), {
    apiVersion: 'hindcast.dev/v1alpha1',
    kind: 'Backtest',
    metadata: { name: 'm', namespace: 'quant' },
    status: { phase: 'Running' },
  })
  assert.deepEqual(JSON.parse(server.heard[1]!.body), { metadata: { labels: { a: null }, uid: 'u-1' } })
  assert.deepEqual(JSON.parse(server.heard[2]!.body), {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    propagationPolicy: 'Foreground',
    gracePeriodSeconds: 0,
    preconditions: { uid: 'u-1' },
  })
})

test('credentials that never come end a call by its deadline', async () => {
  const { server, clock } = await facing((reply) => json(reply, 200, OBJECT))
  server.config.applyToHTTPSOptions = () => new Promise(() => {})
  const cluster = openCluster(server.config, { clock, random: () => 1 })
  const { error } = await drive(clock, cluster.get(REF), 500)
  assert.equal(codeOf(error), 'timeout')
})

test('credentials that cannot be had are told of', async () => {
  const { server, clock } = await facing((reply) => json(reply, 200, OBJECT))
  server.config.applyToHTTPSOptions = () => Promise.reject(new Error('no such plug-in'))
  const cluster = openCluster(server.config, { clock, random: () => 1 })
  const { error } = await drive(clock, cluster.get(REF))
  assert.equal(codeOf(error), 'unauthorized')
  assert.match((error as Error).message, /no such plug-in/)
})

test('a context that does not exist is answered with those that do', () => {
  assert.throws(() => openCluster(contextless(), { clock: createVirtualClock(), random: () => 1 }), /names no cluster/)
})

function contextless() {
  const config = configFor('http://127.0.0.1:1')
  config.setCurrentContext('nowhere')
  return config
}
