import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { HindcastError } from '../../core/errors.ts'
import { numberText } from '../../core/number-text.ts'
import { ensureDirectory } from '../../storage/blobs/durable-files.ts'
import { showSnapshot } from '../../storage/in/catalog.ts'
import { withDatasetLock } from '../../storage/in/snapshot/publish.ts'
import { type Pushed as Outcome, pushSnapshot } from '../../storage/in/store/push-snapshot.ts'
import { receiveSnapshot, sendSnapshot } from '../../storage/in/store/stream.ts'
import type { Context } from '../context.ts'
import { existingHome } from '../local/home-folder.ts'
import { print } from '../output/print.ts'
import { type DatasetCluster, withCluster } from './cluster.ts'

/** A push as people and programs are told of it. */
export type Pushed = Outcome

/** In place of a store: standard output. */
const STREAM = '-'

/**
 * `hindcast dataset push SNAPSHOT --store URL`: the files into the store, then the row into the catalogue. With
 * `--store -` the snapshot goes to standard output, for `dataset receive` in a pod that mounts the volume.
 */
export async function pushDataset(context: Context, name: string, flags: { readonly store: string }): Promise<number> {
  const { datasetsDir } = existingHome(context.home)
  if (flags.store === STREAM) return await send(datasetsDir, name)
  return await withCluster(context, { store: flags.store, command: 'dataset push' }, async (cluster) => {
    const { pushed } = await pushTo(cluster, context, { datasetsDir, snapshotId: name })
    await print(context, pushedData(pushed), () => pushedText(pushed))
    return 0
  })
}

async function send(datasetsDir: string, name: string): Promise<number> {
  if (process.stdout.isTTY) throw new HindcastError('usage', '--store - writes bytes: pipe them to "dataset receive"')
  const record = await showSnapshot(datasetsDir, name)
  try {
    await pipeline(sendSnapshot(datasetsDir, record), process.stdout, { end: false })
    return 0
  } catch (error) {
    // Who receives says what is wrong with it; here it is known only that nobody listens any more.
    throw new HindcastError('storage_error', `the snapshot was not taken whole: ${(error as Error).message}`)
  }
}

/** `hindcast dataset receive --store URL`: a snapshot from standard input into the store and the catalogue. */
export async function receiveDataset(context: Context, flags: { readonly store: string }): Promise<number> {
  const config = context.config.parseStore(flags.store)
  const folder = config.kind === 's3' ? config.scratchDir : config.root
  return await withCluster(context, { store: flags.store, command: 'dataset receive' }, async (cluster) => {
    const pushed = await withDatasetLock(await madeFolder(folder), async () => {
      const datasetsDir = join(folder, '.receiving')
      // Left by one that was killed: the lock says that nobody writes there now.
      await rm(datasetsDir, { recursive: true, force: true })
      try {
        const { snapshotId } = await receiveSnapshot(process.stdin, datasetsDir)
        return (await pushTo(cluster, context, { datasetsDir, snapshotId })).pushed
      } finally {
        await rm(datasetsDir, { recursive: true, force: true })
      }
    })
    await print(context, pushedData(pushed), () => pushedText(pushed))
    return 0
  })
}

async function madeFolder(path: string): Promise<string> {
  await ensureDirectory(path)
  return path
}

/** Brings a snapshot of a datasets folder to a cluster. */
export async function pushTo(
  { store, ledger }: DatasetCluster,
  context: Context,
  { datasetsDir, snapshotId }: { readonly datasetsDir: string; readonly snapshotId: string },
): Promise<{ readonly pushed: Pushed }> {
  const input = { datasetsDir, snapshot: snapshotId, createdBy: context.user }
  return { pushed: await pushSnapshot(input, store, ledger) }
}

export function pushedData({ snapshot, copied, inserted }: Pushed) {
  const { snapshotId, dataset, location, fullSha256, files } = snapshot
  return { snapshotId, dataset, location, fullSha256, bytes: bytesOf(files), copied, inserted }
}

export function pushedText({ snapshot, copied, inserted }: Pushed): string {
  const { snapshotId, location, files } = snapshot
  const megabytes = numberText(bytesOf(files) / 1e6, { unit: 'count', digits: 1 })
  const state = copied ? `copied, ${megabytes} MB` : 'was there already'
  return `${snapshotId}  ${state}: ${location}\n${inserted ? 'new in the catalogue' : 'known to the catalogue'}\n`
}

function bytesOf(files: Pushed['snapshot']['files']): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}
