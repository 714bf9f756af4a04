import { strict as assert } from 'node:assert'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { ProgressChannel, ProgressNote } from '../../storage/progress/channel.ts'

const note: ProgressNote = {
  attempt: 1,
  seq: 1,
  percent: 20,
  stage: 'computing',
  date: '2015-01-02',
  updatedAt: '2026-01-01T00:00:00Z',
}
const beat = { attempt: 1, index: 0, podUid: 'p', seq: 4, rssBytes: 1000, percent: 20 }

/** A channel and a way to let seconds pass for its keys. */
export type MakeChannel = () => Promise<{ channel: ProgressChannel; pass: (seconds: number) => Promise<void> }>

/** A job of its own for each case, and one of the same id in another namespace. */
function jobs() {
  const jobId = randomUUID().replaceAll('-', '')
  return [
    { namespace: 'default', jobId, attempt: 1 },
    { namespace: 'other', jobId, attempt: 1 },
  ] as const
}

/** What every progress channel does. */
export function progressContract(title: string, make: MakeChannel): void {
  type Made = Awaited<ReturnType<MakeChannel>>
  const contract = (what: string, body: (made: Made, pair: ReturnType<typeof jobs>) => Promise<void>) =>
    test(`${title}: ${what}`, async () => {
      const made = await make()
      try {
        assert.equal(await made.channel.up(), true)
        await body(made, jobs())
      } finally {
        await made.channel.close()
      }
    })

  contract('a note is read back, and the newest one counts', async ({ channel }, [job]) => {
    await channel.write(job, note, 3600)
    await channel.write(job, { ...note, seq: 2, percent: 30, date: null }, 3600)
    assert.deepEqual(await channel.read([job]), [{ ...note, seq: 2, percent: 30, date: null }])
  })

  contract('many jobs are read in the order asked, null where nothing is known', async ({ channel }, pair) => {
    const [job, neighbour] = pair
    await channel.write(job, note, 3600)
    assert.deepEqual(await channel.read([neighbour, job, neighbour]), [null, note, null])
    assert.deepEqual(await channel.read([]), [])
  })

  contract('a note of another attempt is not read', async ({ channel }, [job]) => {
    await channel.write(job, note, 3600)
    assert.deepEqual(await channel.read([{ ...job, attempt: 2 }]), [null])
  })

  contract('a note ends with its life, and a write sets the life again', async ({ channel, pass }, [job]) => {
    await channel.write(job, note, 10)
    await pass(6)
    await channel.write(job, note, 10)
    await pass(6)
    assert.deepEqual(await channel.read([job]), [note])
    await pass(6)
    assert.deepEqual(await channel.read([job]), [null])
  })

  contract('a cancel flag stops the attempt it means and no other', async ({ channel }, [job, neighbour]) => {
    await channel.flagCancel(job, 2, 3600)
    assert.equal(await channel.cancelFlagged(job, 2), true)
    assert.equal(await channel.cancelFlagged(job, 3), false)
    assert.equal(await channel.cancelFlagged(job, 20), false)
    assert.equal(await channel.cancelFlagged(neighbour, 2), false)
  })

  contract('beats are kept by index, and end two minutes after the last', async ({ channel, pass }, [job]) => {
    const pods = { ...job, parallelism: 3 }
    await channel.beat(pods, beat)
    await channel.beat(pods, { ...beat, index: 2, seq: 9, rssBytes: null })
    assert.deepEqual(await channel.readBeats([pods]), [[beat, null, { ...beat, index: 2, seq: 9, rssBytes: null }]])
    await pass(121)
    assert.deepEqual(await channel.readBeats([pods]), [[null, null, null]])
  })

  contract('a pod on its own has one beat, and one of another attempt is none', async ({ channel }, pair) => {
    const [alone, neighbour] = pair.map((job) => ({ ...job, parallelism: 1 }))
    assert.ok(alone !== undefined && neighbour !== undefined)
    await channel.beat(alone, beat)
    assert.deepEqual(await channel.readBeats([neighbour, alone]), [[null], [beat]])
    assert.deepEqual(await channel.readBeats([{ ...alone, attempt: 2 }]), [[null]])
  })

  contract('clear forgets a job and leaves its neighbours', async ({ channel }, [job, neighbour]) => {
    await channel.write(job, note, 3600)
    await channel.write(neighbour, note, 3600)
    await channel.flagCancel(job, 1, 3600)
    await channel.beat({ ...job, parallelism: 1 }, beat)
    await channel.beat({ ...job, parallelism: 8 }, { ...beat, index: 7 })
    await channel.clear(job)
    assert.deepEqual(await channel.read([job, neighbour]), [null, note])
    assert.equal(await channel.cancelFlagged(job, 1), false)
    const left = await channel.readBeats([
      { ...job, parallelism: 1 },
      { ...job, parallelism: 8 },
    ])
    assert.ok(left.flat().every((one) => one === null))
  })
}
