import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openPanel } from '../../storage/in/open-panel.ts'
import type { SnapshotRecord } from '../../storage/in/snapshot/entry.ts'
import type { DatasetStore } from '../../storage/in/store/port.ts'
import { synthesise } from '../../storage/in/synth.ts'

/** A store under test, and ways to look into it and to harm it. */
export interface DatasetBench {
  readonly store: DatasetStore
  /** A home's datasets folder, empty at first. */
  readonly datasetsDir: string
  /** Every data file of the store, as paths that can be read and written from outside. */
  readonly files: () => string[]
  /** Forgets what was fetched into scratch before. */
  readonly forget: () => void
}

const SIZE = { names: 20, days: 60 }
const allocate = (bytes: number) => new ArrayBuffer(bytes)

/** What every store of datasets does; `use` gives an empty one and cleans up behind. */
export function datasetStoreContract(
  title: string,
  use: (body: (bench: DatasetBench) => Promise<void>) => Promise<void>,
): void {
  const contract = (what: string, body: (bench: DatasetBench) => Promise<void>) =>
    test(`${title}: ${what}`, () => use(body))
  pushing(contract)
  damage(contract)
}

type Contract = (what: string, body: (bench: DatasetBench) => Promise<void>) => void

function pushing(contract: Contract): void {
  contract('a pushed snapshot gives the panel of the home, bit for bit', async (bench) => {
    const record = await imported(bench)
    assert.equal(await bench.store.push(bench.datasetsDir, record), 'pushed')
    const panels = await Promise.all(
      [bench.datasetsDir, await bench.store.fetch(record)].map((datasetsDir) =>
        openPanel({ datasetsDir, snapshot: record, allocate }),
      ),
    )
    assert.deepEqual(panels[1], panels[0])
  })

  contract('the same snapshot again is known, and nothing of it is written', async (bench) => {
    const record = await imported(bench)
    await bench.store.push(bench.datasetsDir, record)
    const before = contents(bench)
    assert.equal(await bench.store.push(bench.datasetsDir, record), 'known')
    assert.deepEqual(contents(bench), before)
  })

  contract('many pushes of one snapshot at once leave one', async (bench) => {
    const record = await imported(bench)
    const pushes = await Promise.all(Array.from({ length: 4 }, () => bench.store.push(bench.datasetsDir, record)))
    assert.equal(pushes.filter((outcome) => outcome === 'pushed').length, 1)
    await openPanel({ datasetsDir: await bench.store.fetch(record), snapshot: record, allocate })
  })

  contract('an id that is there with other data is refused, and what is there stays', async (bench) => {
    const record = await imported(bench)
    await bench.store.push(bench.datasetsDir, record)
    const before = contents(bench)
    const other = { ...record, fullSha256: `${record.fullSha256.slice(0, 8)}${'0'.repeat(56)}` }
    await assert.rejects(bench.store.push(bench.datasetsDir, other), { code: 'data_invalid' })
    assert.deepEqual(contents(bench), before)
  })

  contract('a snapshot that is not there is not found', async ({ store }) => {
    const snapshot = { snapshotId: 'demo-00000000', fullSha256: '0'.repeat(64) }
    await assert.rejects(
      store.fetch(snapshot).then((datasetsDir) => openPanel({ datasetsDir, snapshot, allocate })),
      { code: 'snapshot_not_found' },
    )
  })

  contract('a name that leads elsewhere is refused', async ({ store, datasetsDir }) => {
    for (const snapshotId of ['../demo-00000000', 'demo', '', '/etc/passwd']) {
      const snapshot = { snapshotId, fullSha256: '0'.repeat(64) }
      await assert.rejects(
        store.fetch(snapshot).then((folder) => openPanel({ datasetsDir: folder, snapshot, allocate })),
        { code: 'snapshot_not_found' },
      )
      const record = { snapshotId, dataset: '../x', files: [] } as unknown as SnapshotRecord
      await assert.rejects(store.push(datasetsDir, record), { code: 'invalid_name' })
    }
  })
}

function damage(contract: Contract): void {
  contract('a home whose file was changed is not pushed', async (bench) => {
    const record = await imported(bench)
    const file = join(bench.datasetsDir, record.dataset, record.snapshotId, 'prices.parquet')
    writeFileSync(file, changed(readFileSync(file)))
    await assert.rejects(bench.store.push(bench.datasetsDir, record), { code: 'artifact_corrupt' })
    bench.forget()
    await assert.rejects(
      bench.store.fetch(record).then((datasetsDir) => openPanel({ datasetsDir, snapshot: record, allocate })),
      { code: 'snapshot_not_found' },
    )
  })

  contract('data changed in the store gives no panel, whichever file it is', async (bench) => {
    const record = await imported(bench)
    await bench.store.push(bench.datasetsDir, record)
    for (const file of bench.files().filter((path) => /prices|fundamentals|snapshot\.json/.test(path))) {
      const good = readFileSync(file)
      writeFileSync(file, changed(good))
      bench.forget()
      await assert.rejects(
        bench.store.fetch(record).then((datasetsDir) => openPanel({ datasetsDir, snapshot: record, allocate })),
        { code: 'artifact_corrupt' },
        file,
      )
      writeFileSync(file, good)
    }
  })

  contract('another snapshot under the pinned hash gives no panel', async (bench) => {
    const record = await imported(bench)
    await bench.store.push(bench.datasetsDir, record)
    const snapshot = { ...record, fullSha256: `${record.fullSha256.slice(0, 8)}${'0'.repeat(56)}` }
    await assert.rejects(
      bench.store.fetch(snapshot).then((datasetsDir) => openPanel({ datasetsDir, snapshot, allocate })),
      { code: 'artifact_corrupt' },
    )
  })
}

async function imported({ datasetsDir }: DatasetBench): Promise<SnapshotRecord> {
  return (await synthesise({ datasetsDir, dataset: 'demo', seed: 7, ...SIZE, now: () => 0 })).record
}

/** One bit in the middle: a length alone would show nothing. */
function changed(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  const middle = copy.length >> 1
  copy[middle] = copy[middle]! ^ 1
  return copy
}

function contents({ files }: DatasetBench): Record<string, string> {
  return Object.fromEntries(files().map((path) => [path, readFileSync(path, 'latin1')]))
}

/** Every file below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
