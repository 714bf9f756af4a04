import { strict as assert } from 'node:assert'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { HindcastError } from '../../../core/errors.ts'
import { parseStore } from '../../blobs/store-config.ts'
import type { SnapshotRecord } from '../snapshot/entry.ts'
import { synthesise } from '../synth.ts'
import { verifySnapshot } from '../verify-snapshot.ts'
import { decodePlaced, encodePlaced, placeReceived } from './receive-snapshot.ts'
import { sendSnapshot } from './stream.ts'

const root = mkdtempSync(join(tmpdir(), 'hindcast-receive-'))
const home = join(root, 'home')
let record: SnapshotRecord
before(async () => {
  record = (await synthesise({ datasetsDir: home, dataset: 'demo', names: 5, days: 30, seed: 1, now: () => 0 })).record
})
after(() => rmSync(root, { recursive: true, force: true }))

test('what comes in is whole in the store, comes in again as known, and leaves nothing beside', async () => {
  const volume = join(root, 'volume')
  const store = parseStore(`file://${volume}?claim=data`)
  assert.equal(await placeReceived(store, sendSnapshot(home, record)), 'pushed')
  assert.equal((await verifySnapshot(volume, record.snapshotId)).fullSha256, record.fullSha256)
  assert.equal(await placeReceived(store, sendSnapshot(home, record)), 'known')
  assert.deepEqual(readdirSync(volume).sort(), ['.lock', 'demo'])
})

test('a stream that is cut leaves a store as it was', async () => {
  const volume = join(root, 'cut')
  async function* cut() {
    for await (const piece of sendSnapshot(home, record)) yield piece.subarray(0, 1_000)
  }
  await assert.rejects(placeReceived(parseStore(volume), cut()), /no whole snapshot/)
  assert.deepEqual(readdirSync(volume), ['.lock'])
})

test("a receiver's word is read back, its failure as a failure, and no other line as either", () => {
  assert.equal(decodePlaced(`a warning\n${encodePlaced('known')}\n`), 'known')
  const failure = new HindcastError('storage_full', 'the disk is full')
  assert.throws(
    () => decodePlaced(encodePlaced(failure)),
    (error) => error instanceof HindcastError && error.code === 'storage_full' && error.message === 'the disk is full',
  )
  const others = [
    '',
    'x',
    'null',
    '{}',
    '{"v":1,"placed":"x"}',
    '{"v":1,"code":"toString"}',
    '{"v":2,"placed":"known"}',
  ]
  for (const other of others) assert.equal(decodePlaced(other), null, other)
})
