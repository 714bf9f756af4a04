import { lstat, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HindcastError } from '../../../core/errors.ts'
import {
  ensureDirectory,
  publishDirectory,
  replaceFile,
  withStorageErrors,
  writeNewFile,
} from '../../blobs/durable-files.ts'
import { type FilesConfig, shownPlaceOf } from '../../blobs/store-config.ts'
import { writePanelCache } from '../panel/cache-file.ts'
import { readRecord, type SnapshotRecord } from '../snapshot/entry.ts'
import {
  checkDatasetName,
  DATASET_FILES,
  refuseForeign,
  SNAPSHOT_FILES,
  snapshotDirectory,
} from '../snapshot/layout.ts'
import { sweepDataset, withDatasetLock } from '../snapshot/publish.ts'
import { readVerifiedPanel } from '../verify-snapshot.ts'
import { copyChecked, corrupt } from './checked-copy.ts'
import type { DatasetStore } from './port.ts'

/** Datasets on a volume, in the folders that a home has, the panel of each made once by its push. */
export function volumeDatasets(config: FilesConfig): DatasetStore {
  return {
    locate: (snapshotId) => shownPlaceOf(config, snapshotDirectory('', snapshotId)),
    push: (datasetsDir, record) => push(config.root, datasetsDir, record),
    // Read where it lies: openPanel looks for it and checks it.
    fetch: async () => config.root,
  }
}

async function push(root: string, datasetsDir: string, record: SnapshotRecord): Promise<'pushed' | 'known'> {
  const { snapshotId, dataset } = record
  const home = join(root, checkDatasetName(dataset))
  await ensureDirectory(home)
  await refuseForeign(home)
  return withDatasetLock(home, async () => {
    await sweepDataset(home)
    const final = snapshotDirectory(root, snapshotId)
    const known = await isThere(final, record)
    if (!known) await copy({ datasetsDir, record, final, staging: join(home, `${DATASET_FILES.staging}${snapshotId}`) })
    await replaceFile(join(home, DATASET_FILES.newest), `${snapshotId}\n`, join(home, DATASET_FILES.scratch))
    return known ? 'known' : 'pushed'
  })
}

/** Whole and the same; what is damaged from outside is put aside, for the sweep. */
async function isThere(final: string, record: SnapshotRecord): Promise<boolean> {
  if ((await lstat(final).catch(() => null)) === null) return false
  await refuseForeign(final)
  const found = await readRecord(final, record.snapshotId)
  if (found !== null && found.fullSha256 !== record.fullSha256) throw otherData(record, found.fullSha256)
  const sizes = await Promise.all((found?.files ?? []).map(({ file }) => lstat(join(final, file)).catch(() => null)))
  const whole = found?.files.every(({ bytes }, at) => sizes[at]?.isFile() === true && sizes[at].size === bytes) ?? false
  if (!whole) {
    const aside = join(final, '..', `${DATASET_FILES.staging}damaged`)
    await withStorageErrors(final, () => rename(final, aside))
    await sweepDataset(join(final, '..'))
  }
  return whole
}

async function copy(what: {
  readonly datasetsDir: string
  readonly record: SnapshotRecord
  readonly final: string
  readonly staging: string
}): Promise<void> {
  const { datasetsDir, record, final, staging } = what
  const { snapshotId } = record
  const from = snapshotDirectory(datasetsDir, snapshotId)
  await withStorageErrors(staging, async () => {
    await mkdir(staging)
    try {
      for (const entry of record.files) {
        await copyChecked(join(from, entry.file), join(staging, entry.file), { snapshotId, entry })
      }
      // Runners mount the volume to read it: each of them would have to make the panel anew.
      const panel = await readVerifiedPanel(staging, record, (bytes) => new ArrayBuffer(bytes))
      await writePanelCache(join(staging, SNAPSHOT_FILES.panel), record.fullSha256, panel)
      await writeNewFile(join(staging, SNAPSHOT_FILES.entry), `${JSON.stringify(record, null, 2)}\n`)
      if (!(await publishDirectory(staging, final))) throw corrupt(snapshotId, `${final} is there and is no snapshot`)
    } catch (error) {
      await rm(staging, { recursive: true, force: true })
      throw error
    }
  })
}

/** The refusal of an id that is there with another hash. */
export function otherData({ snapshotId, fullSha256 }: SnapshotRecord, there: string): HindcastError {
  return new HindcastError(
    'data_invalid',
    `snapshot ${snapshotId} is in the store with other data (SHA-256 ${there}, this one ${fullSha256}); ` +
      'import under another dataset name',
  )
}
