import { strict as assert } from 'node:assert'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HindcastError } from '../../core/errors.ts'
import { type RedisSettings, redisProgress } from '../../storage/progress/redis.ts'
import { progressContract } from '../contract/progress.ts'
import { startRedis, type TestRedis } from './redis.ts'

const server = await startRedis()
if ('skipped' in server) test('Redis', { skip: server.skipped }, () => {})
else suite(server)

const job = { namespace: 'research', jobId: 'ab'.repeat(16), attempt: 2 }
const pods = { ...job, parallelism: 2 }
const note = { attempt: 2, seq: 1, percent: 20, stage: 'computing', date: null, updatedAt: null }
const beat = { attempt: 2, index: 1, podUid: 'p', seq: 4, rssBytes: null, percent: 20 }

/** Waits for something that may take long on a busy machine, and fails when it never comes. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return
    await sleep(50)
  }
  assert.fail(`never came: ${what}`)
}

function suite(redis: TestRedis): void {
  /** A loaded machine is no outage: only the case of a server that hangs limits a call. */
  const open = (settings: Partial<RedisSettings> = {}) =>
    redisProgress({ url: redis.url, monotonic: () => performance.now(), callMs: 30_000, ...settings })
  after(() => redis.stop())

  progressContract('Redis', async () => ({
    channel: open(),
    // Shortens what is left of every key's life instead of waiting for it.
    pass: async (seconds) => {
      for (const key of await redis.client.keys('*')) {
        const left = await redis.client.pttl(key)
        assert.ok(left > 0, `${key} has no end`)
        await redis.client.pexpire(key, left - seconds * 1000)
      }
    },
  }))

  const using = async (settings: Partial<RedisSettings>, work: (channel: ReturnType<typeof open>) => Promise<void>) => {
    const channel = open(settings)
    try {
      await channel.up()
      await work(channel)
    } finally {
      await channel.close()
    }
  }

  test('every key has the prefix and the life it was given, set with its value in one command', async () => {
    await redis.client.flushall()
    const monitor = await redis.client.duplicate().monitor()
    const seen: string[][] = []
    monitor.on('monitor', (_: string, args: string[]) => seen.push(args))
    await using({}, async (channel) => {
      await channel.write(job, note, 7200)
      await channel.beat(pods, beat)
      await channel.flagCancel(job, 2, 3600)
      await channel.read([job])
      await channel.readBeats([pods])
      await channel.cancelFlagged(job, 2)
    })
    await until('all commands', async () => seen.filter(([name]) => /^(set|mget)$/i.test(name ?? '')).length === 6)
    monitor.disconnect()
    const ours = new Set(seen.map(([name]) => name?.toLowerCase()))
    // Of the connection, and of the test.
    for (const noise of ['hello', 'auth', 'ping', 'monitor', 'info', 'client']) ours.delete(noise)
    assert.deepEqual(ours, new Set(['set', 'mget']))
    const lives: Record<string, number> = {}
    for (const key of await redis.client.keys('*')) lives[key] = await redis.client.ttl(key)
    const expected = {
      [`backtest:research:progress:${job.jobId}`]: 7200,
      [`backtest:research:heartbeat:${job.jobId}:1`]: 120,
      [`backtest:research:cancel:${job.jobId}`]: 3600,
    }
    assert.deepEqual(Object.keys(lives).sort(), Object.keys(expected).sort())
    for (const [key, life] of Object.entries(expected)) assert.ok(lives[key]! <= life && lives[key]! > life - 60, key)
  })

  test('what a stranger wrote into the keys reads as nothing, and is told of once a look', async () => {
    await redis.client.flushall()
    const odd: string[] = []
    await using({ onOddity: (event, key) => odd.push(`${event} ${key}`) }, async (channel) => {
      await redis.client.set(`backtest:research:progress:${job.jobId}`, '{"pct":')
      await redis.client.set(`backtest:research:heartbeat:${job.jobId}:0`, 'x'.repeat(100_000))
      await redis.client.lpush(`backtest:research:heartbeat:${job.jobId}:1`, 'a list')
      await redis.client.set(`backtest:research:cancel:${job.jobId}`, '1')
      assert.deepEqual(await channel.read([job]), [null])
      assert.deepEqual(await channel.readBeats([pods]), [[null, null]])
      assert.equal(await channel.cancelFlagged(job, 2), false)
    })
    assert.deepEqual(odd, [
      `progress_json_decode_failed backtest:research:progress:${job.jobId}`,
      `heartbeat_parse_failed backtest:research:heartbeat:${job.jobId}:0`,
    ])
    await redis.client.flushall()
  })

  test('twelve hundred notes are read in order', async () => {
    await redis.client.flushall()
    await using({}, async (channel) => {
      const many = Array.from({ length: 1200 }, (_, k) => ({ ...job, jobId: k.toString(16).padStart(32, '0') }))
      await Promise.all(many.map((one, k) => channel.write(one, { ...note, seq: k }, 3600)))
      assert.deepEqual(
        (await channel.read(many)).map((found) => found?.seq),
        many.map((_, k) => k),
      )
    })
  })

  test('a server that is killed fails calls at once, and its return is found by itself', async () => {
    await using({ pauseMs: 3_600_000 }, async (channel) => {
      await channel.write(job, note, 3600)
      await redis.kill()
      await until('the loss is noticed', () =>
        channel.write(job, note, 3600).then(
          () => false,
          () => true,
        ),
      )
      assert.equal(await channel.up(), false)
      await assert.rejects(channel.read([job]), /left alone/)
      await redis.start()
      // The pause is an hour: only the connection's return can have ended it.
      await until('it answers again', () =>
        channel.write(job, note, 3600).then(
          () => true,
          () => false,
        ),
      )
      assert.deepEqual(await channel.read([job]), [note])
    })
  })

  test('a server that hangs costs one call its limit, and every further one nothing', async () => {
    let now = 0
    await using({ callMs: 5_000, pauseMs: 30_000, monotonic: () => now }, async (channel) => {
      await channel.write(job, note, 3600)
      redis.pause()
      try {
        await assert.rejects(channel.write(job, note, 3600), /timed out/i)
        await assert.rejects(channel.beat(pods, beat), /left alone/)
        assert.equal(await channel.up(), false)
      } finally {
        redis.resume()
      }
      now = 30_000
      await until('it is tried again', () =>
        channel.beat(pods, beat).then(
          () => true,
          () => false,
        ),
      )
    })
  })

  test('a server that was never there rejects calls and nothing else, and is found once it comes', async () => {
    await redis.kill()
    const channel = open()
    assert.equal(await channel.up(), false)
    await assert.rejects(channel.write(job, note, 3600))
    await redis.start()
    await until('it came', () => channel.up())
    await until('a write', () =>
      channel.write(job, note, 3600).then(
        () => true,
        () => false,
      ),
    )
    await channel.close()
    assert.equal(await channel.up(), false)
    await assert.rejects(channel.write(job, note, 3600))
  })

  test('a wrong password is an outage', async () => {
    const url = new URL(redis.url)
    url.password = 'not-the-secret'
    await using({ url: url.href }, async (channel) => {
      assert.equal(await channel.up(), false)
      await assert.rejects(channel.write(job, note, 3600))
    })
  })

  test('a URL that is none is refused without being repeated', () => {
    for (const url of ['', 's3cret', 'http://u:s3cret@host']) {
      assert.throws(
        () => open({ url }),
        (thrown: HindcastError) => thrown.code === 'environment_invalid' && !thrown.message.includes('s3cret'),
      )
    }
  })
}
