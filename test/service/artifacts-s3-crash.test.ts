import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import type { HindcastError } from '../../core/errors.ts'
import { openStore } from '../../storage/blobs/open-store.ts'
import { CALL_LIMITS, type CallLimits } from '../../storage/blobs/s3/request.ts'
import { s3Store } from '../../storage/blobs/s3/store.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import { parseStore, type S3Config } from '../../storage/blobs/store-config.ts'
import { commitAttempt } from '../../storage/out/commit-attempt.ts'
import type { BacktestComputed } from '../../storage/out/kinds/backtest.ts'
import { openResult } from '../../storage/out/read-result.ts'
import type { StageInput } from '../../storage/out/stage.ts'
import { samplePlan, sampleResult } from '../contract/sample-result.ts'
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts'
import { startS3, type TestS3 } from './s3.ts'

const KILLS = process.env.HINDCAST_TEST_LONG === '1' ? 25 : 6
/** As in a pod, but in a hurry between tries. */
const LIMITS: CallLimits = { ...CALL_LIMITS, pausesMs: [1, 1], earlyAnswerMs: 10 }
/** For a server that is silent; a loaded machine must not look like one anywhere else. */
const IMPATIENT: CallLimits = { ...LIMITS, idleMs: 1_000 }
const plan = samplePlan()
const resultPath = `default/${plan.jobId}/1`
const input: StageInput<BacktestComputed> = {
  plan,
  result: sampleResult({ days: 20, names: 10 }),
  name: 'sample',
  attempt: 1,
  claim: 'pod-1',
  engineVersion: '0.1.0',
  image: null,
  startedAt: new Date(0),
  completedAt: new Date(0),
  peakMemoryBytes: null,
}

const s3 = await startS3()
if ('skipped' in s3) test('commits to S3', { skip: s3.skipped }, () => {})
else suite(s3)

interface Stores {
  /** Over the faulty way. */
  readonly shaky: BlobStore
  /** Straight to the server. */
  readonly straight: BlobStore
}

function suite(server: TestS3): void {
  const scratch = mkdtempSync(join(tmpdir(), 'hindcast-s3-crash-'))
  let proxy: FaultyProxy
  before(async () => {
    proxy = await startFaultyProxy(server.endpoint)
  })
  after(async () => {
    await proxy.stop()
    await server.stop()
    rmSync(scratch, { recursive: true, force: true })
  })
  let count = 0
  const stores = (limits = LIMITS): Stores => {
    const config = { ...(parseStore(server.bucket(), server.env) as S3Config), scratchDir: join(scratch, `${++count}`) }
    const options = { namespace: null, now: () => 0, limits }
    return {
      shaky: s3Store({ ...config, endpoint: proxy.endpoint }, options),
      straight: s3Store(
        { ...config, scratchDir: join(config.scratchDir, 'other') },
        { ...options, limits: CALL_LIMITS },
      ),
    }
  }
  crashes(() => proxy, stores)
  passing(() => proxy, stores)
  lasting(() => proxy, stores)
  kills(server, scratch)
}

async function commit(store: BlobStore, change: Partial<typeof input> = {}) {
  return commitAttempt({ ...input, ...change }, { store, record: async () => 'recorded' })
}

async function whole(store: BlobStore): Promise<void> {
  await openResult(store, { resultPath, manifestSha256: null }, { verify: true })
}

/** Kinds of everything that a bucket holds. */
async function kindsIn(store: BlobStore): Promise<string[]> {
  const kinds: string[] = []
  for await (const { kind } of store.entries()) kinds.push(kind)
  return kinds
}

type Make = (limits?: CallLimits) => Stores

function crashes(proxy: () => FaultyProxy, stores: Make): void {
  test('a writer gone at any call, before or after it took effect, leaves a whole result or none', async () => {
    proxy().plan(() => 'pass')
    await commit(stores().shaky)
    const calls = proxy().calls.length
    assert.ok(calls >= 8, `a commit takes ${calls} calls`)
    const seen = new Set<string>()
    for (let at = 0; at < calls; at++) {
      for (const effect of ['before', 'after'] as const) {
        const { shaky, straight } = stores()
        proxy().plan((number) => (number < at ? 'pass' : number === at ? effect : 'before'))
        await assert.rejects(commit(shaky), { code: 'storage_error' }, `call ${at}, ${effect}`)
        const kinds = await kindsIn(straight)
        for (const kind of kinds) seen.add(kind)
        if (kinds.includes('attempt')) await whole(straight)
        else await assert.rejects(whole(straight), { code: 'artifacts_missing' })
        // A twin of the same attempt either publishes the same result or is told that it is there.
        const twin = await commit(straight, { claim: 'pod-2' })
        assert.equal(twin.outcome, kinds.includes('attempt') ? 'fenced' : 'recorded', `call ${at}, ${effect}`)
        await whole(straight)
        assert.equal(await straight.removeJob(plan), 'removed')
        assert.deepEqual(await kindsIn(straight), [])
      }
    }
    assert.deepEqual([...seen].sort(), ['attempt', 'staging'], 'both ends were met')
  })

  test('a removal that ends at any call stays out of sight, and the next one ends it', async () => {
    const probe = stores()
    proxy().plan(() => 'pass')
    await commit(probe.shaky)
    proxy().plan(() => 'pass')
    await probe.shaky.remove({ ...plan, name: '1' })
    const calls = proxy().calls.length
    for (let at = 1; at < calls; at++) {
      for (const effect of ['before', 'after'] as const) {
        const { shaky, straight } = stores()
        await commit(straight)
        proxy().plan((number) => (number < at ? 'pass' : number === at ? effect : 'before'))
        await assert.rejects(shaky.remove({ ...plan, name: '1' }), { code: 'storage_error' })
        const [kind] = await kindsIn(straight)
        if (kind === 'attempt') await whole(straight)
        else await assert.rejects(whole(straight), { code: 'artifacts_missing' }, `call ${at}, ${effect}`)
        assert.ok([undefined, 'leaving', 'attempt'].includes(kind), kind)
        await straight.remove({ ...plan, name: '1' })
        assert.deepEqual(await kindsIn(straight), [])
      }
    }
  })
}

function passing(proxy: () => FaultyProxy, stores: Make): void {
  const faults = ['before', 'after', { status: 503 }, { status: 429 }, { status: 500 }] as const
  for (const fault of faults) {
    test(`a commit outlives ${JSON.stringify(fault)} once at every call, and publishes once`, async () => {
      proxy().plan(() => 'pass')
      await commit(stores().shaky)
      const calls = proxy().calls.length
      for (let at = 0; at < calls; at++) {
        const { shaky, straight } = stores()
        proxy().plan((number) => (number === at ? fault : 'pass'))
        assert.equal((await commit(shaky)).outcome, 'recorded', `call ${at}`)
        await whole(straight)
      }
    })
  }

  for (const [fault, limits] of [
    ['cut', LIMITS],
    ['after', LIMITS],
    // An answer that is only late counts as lost too: there are tries for it.
    ['silence', { ...IMPATIENT, pausesMs: Array(12).fill(1) }],
  ] as const) {
    test(`a result is read whole although every other answer is lost: ${fault}`, async () => {
      const { shaky, straight } = stores(limits)
      await commit(straight)
      proxy().plan((number) => (number % 2 === 0 ? fault : 'pass'))
      await whole(shaky)
    })
  }
}

function lasting(proxy: () => FaultyProxy, stores: Make): void {
  const failures: readonly [what: string, body: string, status: number, code: string, said: RegExp][] = [
    ['a full store', '<Error><Code>XMinioStorageFull</Code></Error>', 507, 'storage_full', /507/],
    ['an exceeded quota', '<Error><Code>QuotaExceeded</Code></Error>', 403, 'storage_full', /QuotaExceeded/],
    [
      'no right',
      '<Error><Code>AccessDenied</Code><Secret>s3cr3t</Secret></Error>',
      403,
      'storage_error',
      /AccessDenied/,
    ],
    ['a lasting failure', 'oops', 503, 'storage_error', /503/],
    ['an answer that is no S3', '<html>', 302, 'storage_error', /302/],
  ]
  for (const [what, body, status, code, said] of failures) {
    test(`${what} is ${code}, says so, and repeats nothing of the server's text`, async () => {
      proxy().plan(() => ({ status, body }))
      await assert.rejects(commit(stores().shaky), (error: HindcastError) => {
        assert.equal(error.code, code)
        assert.match(error.message, said)
        assert.ok(!/s3cr3t|Signature|Credential/.test(`${error.message}${String(error.cause)}`))
        return true
      })
    })
  }

  test('a store that never answers is given up after its tries', async () => {
    proxy().plan(() => 'silence')
    await assert.rejects(commit(stores(IMPATIENT).shaky), { code: 'storage_error' })
    // Five tables and the summary at once, then the word that takes back what may have arrived.
    assert.equal(proxy().calls.length, 7 * (1 + LIMITS.pausesMs.length))
  })

  test('a call that drips is given up at its deadline', async () => {
    const { shaky, straight } = stores({ ...LIMITS, callMs: 200, idleMs: 10_000, pausesMs: [] })
    await commit(straight)
    proxy().plan(() => 'silence')
    await assert.rejects(shaky.open(resultPath), { code: 'storage_error' })
  })

  test('a server that does not know If-None-Match is found out by the first commit', async () => {
    const { shaky, straight } = stores()
    // Whatever is put is said to be new.
    proxy().plan((_, { method }) => (method === 'PUT' ? { status: 200 } : 'pass'))
    await assert.rejects(commit(shaky), (error: HindcastError) => /If-None-Match/.test(error.message))
    assert.deepEqual(await kindsIn(straight), [])
  })

  test('a listing that is none is refused', async () => {
    const { shaky } = stores()
    for (const body of ['', '<html/>', '<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>']) {
      proxy().plan(() => ({ status: 200, body }))
      await assert.rejects(shaky.usage(), { code: 'storage_error' })
    }
  })

  test('a listing larger than any is refused before it fills the memory', async () => {
    const { shaky } = stores()
    proxy().plan(() => ({ status: 200, body: 'x'.repeat(9 * 2 ** 20) }))
    await assert.rejects(shaky.usage(), /larger than/)
  })

  test('a result larger than the room for results is not fetched', async () => {
    const { straight } = stores()
    await commit(straight)
    const config = parseStore(straight.locate(resultPath).replace(/\/default.*/, ''), s3Env()) as S3Config
    const small = s3Store(
      { ...config, endpoint: endpoint(), style: 'path' },
      { namespace: null, now: () => 0, openedBytes: 1000 },
    )
    await assert.rejects(small.open(resultPath), /at most 1000 are read at once/)
  })
}

/** A removal that the server had heard of may take effect while it is read: then it is out of sight afterwards. */
async function wholeUnlessGone(store: BlobStore, name: string): Promise<void> {
  try {
    await openResult(store, { resultPath: `default/${plan.jobId}/${name}`, manifestSha256: null }, { verify: true })
  } catch (thrown) {
    for await (const entry of store.entries()) if (entry.name === name && entry.kind === 'attempt') throw thrown
  }
}

const s3Env = () => ({ ...(s3 as TestS3).env })
const endpoint = () => (s3 as TestS3).endpoint

/** Real processes, killed: what a proxy cannot show of buffers and sockets. */
function kills(server: TestS3, scratch: string): void {
  test(`killed at ${KILLS} moments of commit and removal, no result is visible and not whole`, async () => {
    const env = { ...server.env, HINDCAST_SCRATCH: join(scratch, 'killed') }
    const looking = { ...env, HINDCAST_SCRATCH: join(scratch, 'looking') }
    const met = new Set<string>()
    for (let kill = 0; kill < KILLS; kill++) {
      // A bucket for each: what the last one asked for before it died may be done only now.
      const url = server.bucket(`killed-${kill}`)
      const store = openStore(parseStore(url, looking), { now: () => 0 })
      const child = spawn(
        process.execPath,
        [join(import.meta.dirname, '../contract/commit-child.ts'), url, '40', '50', '1', '999999'],
        { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env } },
      )
      const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
      const cycleMs = await new Promise<number>((resolve) => {
        const begun: number[] = []
        lines.on('line', (line) => {
          // From the second on nothing is loaded any more: what it took is what the next one will take.
          if (line.startsWith('begin') && begun.push(performance.now()) === 4) resolve(begun[3]! - begun[2]!)
        })
      })
      await new Promise((resolve) => setTimeout(resolve, (cycleMs * (kill + 0.5)) / KILLS))
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await ended
      for await (const { kind, name } of store.entries()) {
        met.add(kind)
        if (kind === 'attempt') await wholeUnlessGone(store, name)
      }
      await store.removeJob({ namespace: 'default', jobId: plan.jobId })
    }
    assert.ok(met.has('attempt'), 'some commits got through')
  })
}
