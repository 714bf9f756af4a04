import { strict as assert } from 'node:assert'
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { listDatasets, readCatalog, showSnapshot } from '../../storage/in/catalog.ts'
import { readSecurities } from '../../storage/in/securities.ts'
import type { SnapshotRecord } from '../../storage/in/snapshot/entry.ts'
import { verifySnapshot } from '../../storage/in/verify-snapshot.ts'
import { createBench } from './import-files.ts'

const bench = createBench()
after(bench.remove)

const CHILD = fileURLToPath(new URL('./import-child.ts', import.meta.url))
const NATIVE = 'permno,date,ret,prc,vol,shrout\n'

/** A file of `rows` rows whose content depends on `variant`. */
function pricesFile(variant: number, rows = 50): string {
  const day = (t: number) => new Date(Date.UTC(2000, 0, 1 + t)).toISOString().slice(0, 10)
  const line = (t: number) => `7,${day(t)},${variant / 1000},10,5,100\n`
  return bench.file('n.csv', NATIVE + Array.from({ length: rows }, (_, t) => line(t)).join(''))
}

/** Everything that can be seen is whole; the pointer, where there is one, points at something whole. */
async function assertWhole(datasetsDir: string): Promise<void> {
  const listings = await listDatasets(datasetsDir)
  for (const { dataset, newest, snapshots, damaged } of listings) {
    assert.deepEqual(damaged, [])
    for (const { snapshotId } of snapshots) await verifySnapshot(datasetsDir, snapshotId)
    if (existsSync(join(datasetsDir, dataset, 'newest'))) assert.notEqual(newest, null)
  }
}

function startChild(datasetsDir: string, files: readonly string[]): ChildProcess {
  return fork(CHILD, [datasetsDir, 'd', ...files], { silent: true })
}

async function outputOf(child: ChildProcess): Promise<string[]> {
  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  await once(child, 'close')
  return text.trim().split('\n')
}

test('four processes that import at once all succeed, versions are not given twice, one pointer stays', async () => {
  const datasetsDir = join(bench.root, 'at-once')
  const files = [1, 2, 3].map((variant) => pricesFile(variant))
  const outputs = await Promise.all([0, 1, 2, 3].map(() => outputOf(startChild(datasetsDir, files))))
  for (const output of outputs) assert.deepEqual(output, outputs[0])
  await assertWhole(datasetsDir)
  const [listing] = await listDatasets(datasetsDir)
  const versions = listing?.snapshots.map(({ datasetVersionIds }) => datasetVersionIds.crsp?.split(':')[0])
  assert.deepEqual(versions?.sort(), ['1', '2', '3'])
  assert.deepEqual(
    readdirSync(join(datasetsDir, 'd')).filter((name) => name.startsWith('.staging')),
    [],
  )
})

/** Waits for a name that begins so and was not there before. */
async function anew(datasetsDir: string, start: string): Promise<void> {
  const folder = join(datasetsDir, 'd')
  const names = () => (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.startsWith(start))
  const before = new Set(names())
  for (const limit = performance.now() + 30_000; performance.now() < limit; await sleep(2)) {
    if (names().some((name) => !before.has(name))) return
  }
}

test('an import killed at any moment leaves the store whole, and the next one sweeps what it left', async () => {
  const datasetsDir = join(bench.root, 'killed')
  const files = Array.from({ length: 40 }, (_, variant) => pricesFile(variant, 20_000))
  let swept = 0
  let published = 0
  for (let round = 0; round < 12; round++) {
    const child = startChild(datasetsDir, files)
    await once(child, 'message')
    // Moments by the clock, and moments by what is on the disk, which a loaded machine reaches as surely as a fast one.
    if (round % 3 === 0) await sleep(60 + round * 37)
    else await anew(datasetsDir, round % 3 === 1 ? '.staging' : 'd-')
    await sleep(round)
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
    await assertWhole(datasetsDir)
    const names = existsSync(join(datasetsDir, 'd')) ? readdirSync(join(datasetsDir, 'd')) : []
    if (names.some((name) => name.startsWith('.staging'))) swept++
    published += names.filter((name) => name.startsWith('d-')).length
  }
  assert.ok(swept > 0, 'no kill landed while an import was staging')
  assert.ok(published > 0, 'no import was published before its kill')
  const report = await bench.run({ datasetsDir, prices: [pricesFile(777)] })
  assert.equal((await showSnapshot(datasetsDir, 'd')).snapshotId, report.record.snapshotId)
  assert.deepEqual(
    readdirSync(join(datasetsDir, 'd')).filter((name) => name.startsWith('.staging')),
    [],
  )
  await assertWhole(datasetsDir)
})

test('a disk that is full is storage_full, and nothing half written stays', () => {
  const datasetsDir = join(bench.root, 'full')
  // A limit on the size of any file fails a write as a full disk does; the ignored signal makes it an error.
  const args = ['-c', `trap '' XFSZ; ulimit -f 8; exec "$@"`, 'bash', process.execPath, CHILD, datasetsDir, 'd']
  const output = execFileSync('bash', [...args, pricesFile(1, 20_000)], { encoding: 'utf8', stdio: 'pipe' })
  assert.equal(output, 'storage_full\n')
  assert.deepEqual(readdirSync(join(datasetsDir, 'd')), ['.lock'])
})

test('a store that cannot be written is storage_error with its path', async () => {
  const file = join(bench.root, 'file')
  writeFileSync(file, '')
  const prices = [pricesFile(1)]
  await assert.rejects(bench.run({ datasetsDir: join(file, 'datasets'), prices }), {
    code: 'storage_error',
    message: /file\/datasets/,
  })
})

test('the same data again is the same snapshot: nothing is written but the pointer', async () => {
  const first = await bench.run({ dataset: 'same', prices: [pricesFile(1)] })
  const other = await bench.run({ dataset: 'same', prices: [pricesFile(2)] })
  const before = statSync(join(first.directory, 'snapshot.json')).mtimeMs
  const again = await bench.run({ dataset: 'same', prices: [pricesFile(1)], now: () => 1e12 })
  assert.deepEqual([first.created, other.created, again.created], [true, true, false])
  assert.equal(statSync(join(first.directory, 'snapshot.json')).mtimeMs, before)
  const catalog = await readCatalog(bench.datasetsDir)
  assert.equal(catalog.newest.get('same'), first.record.snapshotId)
  assert.deepEqual([...catalog.snapshots.keys()].sort(), [first, other].map(({ record }) => record.snapshotId).sort())
})

test('an id that stands for other data is an error, not an overwrite', async () => {
  const { directory } = await bench.run({ dataset: 'clash', prices: [pricesFile(1)] })
  const path = join(directory, 'snapshot.json')
  const record = JSON.parse(readFileSync(path, 'utf8'))
  const hash = `${record.fullSha256.slice(0, 8)}${'0'.repeat(56)}`
  const text = JSON.stringify({ ...record, fullSha256: hash })
  writeFileSync(path, text)
  await assert.rejects(bench.run({ dataset: 'clash', prices: [pricesFile(1)] }), {
    code: 'data_invalid',
    message: /exists with other data/,
  })
  assert.equal(readFileSync(path, 'utf8'), text)
})

test('a damaged snapshot is left out of the catalogue, named in the list, and repaired by its import', async () => {
  const { directory, record } = await bench.run({ dataset: 'hurt', prices: [pricesFile(1)] })
  truncateSync(join(directory, 'snapshot.json'), 10)
  const listing = (await listDatasets(bench.datasetsDir)).find(({ dataset }) => dataset === 'hurt')
  assert.deepEqual([listing?.newest, listing?.damaged], [null, [record.snapshotId]])
  assert.equal((await readCatalog(bench.datasetsDir)).newest.has('hurt'), false)
  await assert.rejects(showSnapshot(bench.datasetsDir, record.snapshotId), { code: 'artifact_corrupt' })
  assert.equal((await bench.run({ dataset: 'hurt', prices: [pricesFile(1)] })).created, true)
  await verifySnapshot(bench.datasetsDir, record.snapshotId)
})

const TAMPERING: [title: string, change: (directory: string, other: string) => void, message: RegExp][] = [
  [
    'prices replaced by others',
    (directory, other) => copyFileSync(join(other, 'prices.parquet'), join(directory, 'prices.parquet')),
    /prices\.parquet is not the file that was imported/,
  ],
  [
    'a file removed',
    (directory) => rmSync(join(directory, 'prices.parquet')),
    /prices\.parquet is missing or cannot be read/,
  ],
  [
    'a byte changed in the footer',
    (directory) => flipLastBytes(join(directory, 'prices.parquet')),
    /prices\.parquet is not the file that was imported/,
  ],
]
for (const [title, change, message] of TAMPERING) {
  test(`verifying names ${title}`, async () => {
    const { directory, record } = await bench.run({ dataset: 'tampered', prices: [pricesFile(1)] })
    const other = await bench.run({ dataset: 'other', prices: [pricesFile(2)] })
    change(directory, other.directory)
    await assert.rejects(verifySnapshot(bench.datasetsDir, record.snapshotId), { code: 'artifact_corrupt', message })
    rmSync(directory, { recursive: true })
  })
}

function flipLastBytes(path: string): void {
  const bytes = readFileSync(path)
  for (let at = bytes.length - 40; at < bytes.length - 8; at++) bytes[at] = bytes[at]! ^ 0xff
  writeFileSync(path, bytes)
}

test('verifying sees through a changed file whose new hash was written into snapshot.json', async () => {
  const { directory, record } = await bench.run({ dataset: 'forged', prices: [pricesFile(1)] })
  const other = await bench.run({ dataset: 'forged', prices: [pricesFile(2)] })
  copyFileSync(join(other.directory, 'prices.parquet'), join(directory, 'prices.parquet'))
  const forged = JSON.stringify({ ...record, files: other.record.files })
  writeFileSync(join(directory, 'snapshot.json'), forged)
  const verdict = { code: 'artifact_corrupt', message: /prices\.parquet does not hold the data/ }
  await assert.rejects(verifySnapshot(bench.datasetsDir, record.snapshotId), verdict)
  writeFileSync(join(directory, 'snapshot.json'), JSON.stringify({ ...other.record, ...pick(record) }))
  await assert.rejects(verifySnapshot(bench.datasetsDir, record.snapshotId), {
    code: 'artifact_corrupt',
    message: /does not fit/,
  })
})

/** The names of a snapshot, for a forger to keep. */
function pick({ snapshotId, fullSha256 }: SnapshotRecord): Partial<SnapshotRecord> {
  return { snapshotId, fullSha256 }
}

test('an absent home is an empty catalogue', async () => {
  const catalog = await readCatalog(join(bench.root, 'nothing'))
  assert.deepEqual([catalog.newest.size, catalog.snapshots.size], [0, 0])
})

test('what is no dataset in the store is not looked at', async () => {
  const datasetsDir = join(bench.root, 'strange')
  mkdirSync(join(datasetsDir, 'Not A Name'), { recursive: true })
  mkdirSync(join(datasetsDir, 'empty'))
  writeFileSync(join(datasetsDir, 'file'), '')
  assert.deepEqual(await listDatasets(datasetsDir), [])
})

for (const id of ['../../etc', 'd/../d-00000000', 'nothing', 'd-00000000', '']) {
  test(`showing ${JSON.stringify(id)} says that there is none`, async () => {
    await assert.rejects(showSnapshot(bench.datasetsDir, id), (error: { code?: string }) =>
      ['dataset_not_found', 'snapshot_not_found'].includes(error.code ?? ''),
    )
    await assert.rejects(readSecurities(bench.datasetsDir, id), { code: 'snapshot_not_found' })
  })
}
