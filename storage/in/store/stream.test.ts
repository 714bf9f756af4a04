import { strict as assert } from 'node:assert'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { SnapshotRecord } from '../snapshot/entry.ts'
import { synthesise } from '../synth.ts'
import { verifySnapshot } from '../verify-snapshot.ts'
import { receiveSnapshot, sendSnapshot } from './stream.ts'

const root = mkdtempSync(join(tmpdir(), 'hindcast-stream-'))
const home = join(root, 'home')
let record: SnapshotRecord
let sent: Buffer
let count = 0
const folder = () => join(root, `in-${++count}`)

before(async () => {
  record = (await synthesise({ datasetsDir: home, dataset: 'demo', names: 5, days: 30, seed: 1, now: () => 0 })).record
  const pieces: Uint8Array[] = []
  for await (const piece of sendSnapshot(home, record)) pieces.push(piece)
  sent = Buffer.concat(pieces)
})
after(() => rmSync(root, { recursive: true, force: true }))

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array, void> {
  for (let at = 0, k = 0; at < bytes.length; k++) {
    const size = Math.min(sizes[k % sizes.length] ?? 1, bytes.length - at)
    yield bytes.subarray(at, at + size)
    at += size
  }
}

test('a snapshot comes out of the stream as it went in, in whatever pieces', async () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 100, max: 5000 }), fc.constant(0)), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(sizes, async (pieces) => {
      const into = folder()
      await receiveSnapshot(inPieces(sent, [...pieces, 777]), into)
      assert.deepEqual(await verifySnapshot(into, record.snapshotId), record)
    }),
    { numRuns: 10 },
  )
})

test('a stream that ends anywhere leaves no snapshot', async () => {
  const header = sent.indexOf(0x0a) + 1
  const cuts = [0, 3, header, header + 10, sent.length >> 1, sent.length - 1]
  for (const cut of cuts) {
    const into = folder()
    await assert.rejects(receiveSnapshot(inPieces(sent.subarray(0, cut), [1000]), into), { code: 'data_invalid' })
    await assert.rejects(verifySnapshot(into, record.snapshotId), { code: 'snapshot_not_found' })
  }
})

test('a changed byte of a file is found by its hash, and nothing is left', async () => {
  const changed = Buffer.from(sent)
  changed[sent.length - 100] = changed[sent.length - 100]! ^ 1
  const into = folder()
  await assert.rejects(receiveSnapshot(inPieces(changed, [1000]), into), { code: 'artifact_corrupt' })
  assert.deepEqual(readdirSync(into), ['demo'])
  assert.deepEqual(readdirSync(join(into, 'demo')), [])
})

const hostile: readonly [what: string, bytes: () => Buffer][] = [
  ['nothing', () => Buffer.alloc(0)],
  ['a line without an end', () => Buffer.alloc(100_000, 'x')],
  ['another line', () => Buffer.from('GET / HTTP/1.1\n\n')],
  ['an id that climbs', () => Buffer.from('hindcast-snapshot-1 ../../x-00000000 2\n{}')],
  ['a record that is too large', () => Buffer.from('hindcast-snapshot-1 demo-00000000 99999999\n')],
  ['a record that is none', () => Buffer.from('hindcast-snapshot-1 demo-00000000 2\n{}')],
  ['more behind the last file', () => Buffer.concat([sent, Buffer.from('x')])],
]
for (const [what, bytes] of hostile) {
  test(`${what} is refused`, async () => {
    await assert.rejects(receiveSnapshot(inPieces(bytes(), [4096]), folder()), { code: 'data_invalid' })
  })
}
