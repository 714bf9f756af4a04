import { strict as assert } from 'node:assert'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { NO_DATE, type Panel, PRESENT } from '../../engine/panel.ts'
import { openPanel } from './open-panel.ts'
import { buildPanel } from './panel/dense.ts'
import { synthesise, synthTables } from './synth.ts'

const datasetsDir = mkdtempSync(join(tmpdir(), 'hindcast-open-panel-'))
after(() => rmSync(datasetsDir, { recursive: true }))

const MARKET = { names: 12, days: 60, seed: 5, planted: {} }
const { record: snapshot, directory } = await synthesise({ datasetsDir, dataset: 'd', now: () => 0, ...MARKET })
const cache = join(directory, 'panel.cache')
const shared = (bytes: number) => new SharedArrayBuffer(bytes)
const open = (columns?: readonly ('ret' | 'prc' | 'vol' | 'shrout')[]) =>
  openPanel({ datasetsDir, snapshot, allocate: shared, ...(columns && { columns }) })
const truth = buildPanel(synthTables(MARKET), (bytes) => new ArrayBuffer(bytes))

/** Every array of a panel as bytes: NaN and all. */
function bytesOf(panel: Panel): string[] {
  const { fundamentals, ...prices } = panel
  const arrays: [string, ArrayBufferView][] = [...Object.entries(prices), ...Object.entries(fundamentals ?? {})]
  return arrays.map(([name, array]) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    return `${name} ${Buffer.from(bytes).toString('base64')}`
  })
}

test('a panel has every row of the snapshot in its cell, and nulls and absent rows are told apart', () => {
  const { prices, fundamentals } = synthTables(MARKET)
  const names = truth.permnos.length
  assert.equal(
    truth.present.reduce((rows, flags) => rows + (flags & PRESENT.row), 0),
    prices.rows,
  )
  for (let row = 0; row < prices.rows; row++) {
    const t = truth.dates.indexOf(prices.date[row]!)
    const cell = t * names + truth.permnos.indexOf(prices.permno[row]!)
    assert.ok(Object.is(truth.ret[cell], prices.ret[row]) && Object.is(truth.prc[cell], prices.prc[row]))
    assert.equal(truth.present[cell], prices.present[row])
  }
  assert.deepEqual(
    [...truth.fundamentals!.name].map((name) => truth.permnos[name]),
    [...fundamentals!.permno],
  )
  assert.ok(truth.fundamentals!.availableFrom.includes(NO_DATE))
})

test('the cache of an import gives the panel bit for bit, in buffers of the caller', async () => {
  const panel = await open()
  assert.deepEqual(bytesOf(panel), bytesOf(truth))
  assert.ok(panel.ret.buffer instanceof SharedArrayBuffer)
})

test('only the columns asked for are read', async () => {
  const panel = await open(['ret'])
  assert.deepEqual([panel.ret.length > 0, panel.prc.length, panel.vol.length, panel.shrout.length], [true, 0, 0, 0])
  assert.deepEqual(panel.present, truth.present)
})

const original = readFileSync(cache)
const flipped = (at: number) => {
  const bytes = Buffer.from(original)
  bytes[at] = bytes[at]! ^ 1
  return bytes
}
const damages: [title: string, bytes: Buffer | null][] = [
  ['that is absent', null],
  ['that is empty', Buffer.alloc(0)],
  ['that is cut short', original.subarray(0, original.length - 1)],
  ['that is longer', Buffer.concat([original, Buffer.alloc(1)])],
  ['with another magic', flipped(0)],
  ['with a bit changed in its header', flipped(40)],
  ['with a bit changed in a column', flipped(original.length - 9)],
  ['with a header length beyond the file', Buffer.from(original).fill(0xff, 8, 12)],
  ['of random bytes', Buffer.alloc(5000, 0xa5)],
]
for (const [title, bytes] of damages) {
  test(`a cache ${title} is made anew from the Parquet files`, async () => {
    if (bytes === null) rmSync(cache)
    else writeFileSync(cache, bytes)
    assert.deepEqual(bytesOf(await open()), bytesOf(truth))
    assert.deepEqual(readFileSync(cache), original)
  })
}

test('what a killed writer left of a cache is removed by the next, and many may write at once', async () => {
  rmSync(cache)
  writeFileSync(`${cache}.left`, 'part')
  const panels = await Promise.all(Array.from({ length: 6 }, () => open()))
  for (const panel of panels) assert.deepEqual(bytesOf(panel), bytesOf(truth))
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('panel.cache.')),
    [],
  )
  assert.deepEqual(bytesOf(await open()), bytesOf(truth))
})

test('a cache of another snapshot is made anew', async () => {
  const other = await synthesise({ datasetsDir, dataset: 'd', now: () => 0, ...MARKET, seed: 6 })
  writeFileSync(cache, readFileSync(join(other.directory, 'panel.cache')))
  assert.deepEqual(bytesOf(await open()), bytesOf(truth))
  assert.deepEqual(readFileSync(cache), original)
})

test('a cache that is a link is not followed', async () => {
  const target = join(datasetsDir, 'target')
  writeFileSync(target, original)
  rmSync(cache)
  symlinkSync(target, cache)
  assert.deepEqual(bytesOf(await open()), bytesOf(truth))
  assert.ok(statSync(target).isFile() && readFileSync(cache).equals(original))
})

test('prices that were changed are not made into a panel', async () => {
  const prices = join(directory, 'prices.parquet')
  const before = readFileSync(prices)
  const other = await synthesise({ datasetsDir, dataset: 'e', now: () => 0, ...MARKET, seed: 7 })
  rmSync(cache)
  writeFileSync(prices, readFileSync(join(other.directory, 'prices.parquet')))
  await assert.rejects(open(), { code: 'artifact_corrupt', message: /prices\.parquet/ })
  writeFileSync(prices, before)
})

test('a pinned hash that is not the snapshot’s is refused', async () => {
  const pinned = { ...snapshot, fullSha256: `${snapshot.fullSha256.slice(0, 8)}${'0'.repeat(56)}` }
  await assert.rejects(openPanel({ datasetsDir, snapshot: pinned, allocate: shared }), { code: 'artifact_corrupt' })
})

test('a snapshot that is not there is said not to be', async () => {
  const pinned = { ...snapshot, snapshotId: 'd-00000000' }
  await assert.rejects(openPanel({ datasetsDir, snapshot: pinned, allocate: shared }), { code: 'snapshot_not_found' })
})
