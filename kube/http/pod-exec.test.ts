import { strict as assert } from 'node:assert'
import { after, test } from 'node:test'
import { type Play, startExecServer } from '../../test/kube/exec-server.ts'
import { createVirtualClock } from '../../test/world/virtual-clock.ts'
import { openCluster, type PodExecQuery } from '../client.ts'
import { isKubeError, type KubeErrorCode } from '../kube-error.ts'

const SUCCESS = JSON.stringify({ status: 'Success' })
const exit = (code: number) =>
  JSON.stringify({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: 'it ended',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  })

async function* pieces(...list: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of list) yield Buffer.from(piece as string)
}

/** Input without an end, for what must not wait for one. */
async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield Buffer.alloc(100_000)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

async function playing(play: Play) {
  const server = await startExecServer(play)
  const clock = createVirtualClock()
  const cluster = openCluster(server.config, { clock, random: () => 1 })
  after(async () => {
    cluster.close()
    await server.close()
  })
  const exec = (change: Partial<PodExecQuery> = {}) =>
    cluster.exec({
      ...{ namespace: 'quant', name: 'importer', container: 'import', command: ['take', 'it', 'a b'] },
      stdin: pieces(),
      ...change,
    })
  return { exec, clock }
}

async function fails(code: KubeErrorCode, call: Promise<unknown>, why: RegExp): Promise<void> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  assert.ok(isKubeError(error, code), String(error))
  assert.match(error.message, why)
}

test('a command gets all of its input and the end of it, and gives what it printed', async () => {
  const large = Buffer.alloc(700_000, 'x')
  const { exec } = await playing({
    act: ({ url, input, inputEnded, say }) => {
      if (!inputEnded()) return
      say(1, `${url.pathname} ${url.searchParams.getAll('command').join('|')}`)
      say(1, ` took ${input().length} bytes, ${input().subarray(-3)} last`)
      say(2, 'a word')
      say(3, SUCCESS)
    },
  })
  assert.deepEqual(await exec({ stdin: pieces(large, 'end') }), {
    exitCode: 0,
    stdout: '/api/v1/namespaces/quant/pods/importer/exec take|it|a b took 700003 bytes, end last',
    stderr: 'a word',
  })
})

test('an exit code is an answer, also of a command that ends before it has read everything', async () => {
  const { exec } = await playing({
    act: ({ input, say }) => {
      if (input().length > 0) say(3, exit(3))
    },
  })
  assert.equal((await exec({ stdin: endless() })).exitCode, 3)
})

test('of what a command prints the end is kept, and no more than 64 KiB of it', async () => {
  const { exec } = await playing({
    act: ({ inputEnded, say }) => {
      if (!inputEnded()) return
      for (let k = 0; k < 10; k++) say(1, `${k}`.repeat(20_000))
      say(3, SUCCESS)
    },
  })
  const { stdout } = await exec()
  assert.deepEqual([stdout.length, stdout.at(-1)], [65_536, '9'])
})

const ENDS: readonly [title: string, play: Play, code: KubeErrorCode, why: RegExp][] = [
  ['a cut connection', { act: ({ input, cut }) => input().length > 0 && cut() }, 'unavailable', /was cut/],
  ['an end that is no JSON', { act: ({ say }) => say(3, 'x') }, 'garbage', /no JSON object/],
  [
    'a command that cannot be started',
    { act: ({ say }) => say(3, JSON.stringify({ status: 'Failure', message: 'no such file: take' })) },
    'unavailable',
    /quant\/importer: no such file: take/,
  ],
  ['a missing right', { refuse: [403, 'Forbidden'] }, 'forbidden', /exec in pod quant\/importer: 403 it is Forbidden/],
  ['a pod that is gone', { refuse: [404, 'NotFound'] }, 'not_found', /404/],
  ['a refusal without a word', { refuse: [400, 'BadRequest'] }, 'unavailable', /server response: 400/],
  ['a protocol that cannot end an input', { protocol: 'v4.channel.k8s.io' }, 'unavailable', /v4\.channel\.k8s\.io/],
]
for (const [title, play, code, why] of ENDS) {
  test(`${title} ends a command under way as ${code}`, async () => {
    const { exec } = await playing(play)
    await fails(code, exec({ stdin: endless() }), why)
  })
}

test('a connection without a sign of life counts as dead after a minute', async () => {
  const { exec, clock } = await playing({ deaf: true })
  const call = fails('timeout', exec({ stdin: pieces('x') }), /no sign of life for 60 s/)
  let over = false
  void call.finally(() => {
    over = true
  })
  while (!over) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    await clock.advance(1_000)
  }
  await call
  assert.ok(clock.monotonic() >= 75_000)
})

test('a command that only takes its time is waited for', async () => {
  const finish: (() => void)[] = []
  const { exec, clock } = await playing({
    act: ({ inputEnded, say }) => {
      if (inputEnded()) finish.push(() => say(3, SUCCESS))
    },
  })
  const call = exec()
  while (finish.length === 0) await new Promise((resolve) => setTimeout(resolve, 2))
  for (let k = 0; k < 300; k++) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    await clock.advance(1_000)
  }
  finish[0]!()
  assert.equal((await call).exitCode, 0)
})

test('an aborted command ends with the reason, and what its input throws is thrown', async () => {
  const { exec } = await playing({})
  const abort = new AbortController()
  const call = exec({ signal: abort.signal, stdin: endless() })
  abort.abort(new Error('enough'))
  await assert.rejects(call, /enough/)
  // biome-ignore lint/correctness/useYield: it throws before it could
  async function* unreadable(): AsyncGenerator<Uint8Array> {
    throw new Error('EIO')
  }
  await assert.rejects(exec({ stdin: unreadable() }), /EIO/)
})
