import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ProgressChannel, ProgressNote } from '../../storage/progress/channel.ts'

const job = { namespace: 'default', jobId: '0'.repeat(32) }
const neighbour = { namespace: 'other', jobId: '0'.repeat(32) }
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

/** What every progress channel does; `make` gives an empty one. */
export function progressContract(title: string, make: MakeChannel): void {
  const contract = (what: string, body: (made: Awaited<ReturnType<MakeChannel>>) => Promise<void>) =>
    test(`${title}: ${what}`, async () => {
      const made = await make()
      try {
        await body(made)
      } finally {
        await made.channel.close()
      }
    })

  contract('a note is read back, and the newest one counts', async ({ channel }) => {
    await channel.write(job, note, 3600)
    await channel.write(job, { ...note, seq: 2, percent: 30 }, 3600)
    assert.deepEqual(await channel.read([job]), [{ ...note, seq: 2, percent: 30 }])
  })

  contract('many jobs are read in the order asked, null where nothing is known', async ({ channel }) => {
    await channel.write(job, note, 3600)
    assert.deepEqual(await channel.read([neighbour, job, neighbour]), [null, note, null])
  })

  contract('a note ends with its life, and a write sets the life again', async ({ channel, pass }) => {
    await channel.write(job, note, 10)
    await pass(6)
    await channel.write(job, note, 10)
    await pass(6)
    assert.deepEqual(await channel.read([job]), [note])
    await pass(6)
    assert.deepEqual(await channel.read([job]), [null])
  })

  contract('a cancel flag stops the attempt it means and no other', async ({ channel }) => {
    await channel.flagCancel(job, 2, 3600)
    assert.equal(await channel.cancelFlagged(job, 2), true)
    assert.equal(await channel.cancelFlagged(job, 3), false)
    assert.equal(await channel.cancelFlagged(neighbour, 2), false)
  })

  contract('beats are kept by index, and end two minutes after the last', async ({ channel, pass }) => {
    await channel.beat(job, beat)
    await channel.beat(job, { ...beat, index: 1, seq: 9 })
    assert.equal((await channel.lastBeat(job, 0))?.seq, 4)
    assert.equal((await channel.lastBeat(job, 1))?.seq, 9)
    await pass(121)
    assert.equal(await channel.lastBeat(job, 0), null)
  })

  contract('clear forgets a job and leaves its neighbours', async ({ channel }) => {
    await channel.write(job, note, 3600)
    await channel.write(neighbour, note, 3600)
    await channel.flagCancel(job, 1, 3600)
    await channel.beat(job, { ...beat, index: 7 })
    await channel.clear(job)
    assert.deepEqual(await channel.read([job, neighbour]), [null, note])
    assert.equal(await channel.cancelFlagged(job, 1), false)
    assert.equal(await channel.lastBeat(job, 7), null)
  })
}
