import { numberText } from '../../core/number-text.ts'
import { type Pushed as Outcome, pushSnapshot } from '../../storage/in/store/push-snapshot.ts'
import type { Context } from '../context.ts'
import { existingHome } from '../local/home-folder.ts'
import { print } from '../output/print.ts'
import { type DatasetCluster, withCluster } from './cluster.ts'

/** A push as people and programs are told of it. */
export type Pushed = Outcome

/** `hindcast dataset push SNAPSHOT --store URL`: the files into the store, then the row into the catalogue. */
export async function pushDataset(context: Context, name: string, flags: { readonly store: string }): Promise<number> {
  const { datasetsDir } = existingHome(context.home)
  return await withCluster(context, { store: flags.store, command: 'dataset push' }, async (cluster) => {
    const { pushed } = await pushTo(cluster, context, { datasetsDir, snapshotId: name })
    await print(context, pushedData(pushed), () => pushedText(pushed))
    return 0
  })
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
