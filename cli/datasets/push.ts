import { pipeline } from 'node:stream/promises'
import { HindcastError } from '../../core/errors.ts'
import { numberText } from '../../core/number-text.ts'
import { showSnapshot } from '../../storage/in/catalog.ts'
import { type Pushed as Outcome, pushSnapshot } from '../../storage/in/store/push-snapshot.ts'
import { withReceived } from '../../storage/in/store/receive-snapshot.ts'
import { sendSnapshot } from '../../storage/in/store/stream.ts'
import type { Context } from '../context.ts'
import { existingHome } from '../local/home-folder.ts'
import { print } from '../output/print.ts'
import { type DatasetCluster, withCluster } from './cluster.ts'
import type { ClaimFlags } from './push-to-claim.ts'

/** A push as people and programs are told of it. */
export type Pushed = Outcome

/** In place of a store: standard output. */
const STREAM = '-'

interface PushFlags extends Partial<ClaimFlags> {
  readonly store?: string
}

/**
 * `hindcast dataset push SNAPSHOT`: with --store the files into the store, then the row into the catalogue; with
 * `--store -` the snapshot to standard output, for `dataset receive` in a pod that mounts the volume; with --context
 * through a pod of its own.
 */
export async function pushDataset(context: Context, name: string, flags: PushFlags): Promise<number> {
  const { store, context: cluster, ...claim } = flags
  if (cluster !== undefined && store === undefined) {
    const { pushToClaim } = await import('./push-to-claim.ts')
    return await pushToClaim(context, name, { context: cluster, ...claim })
  }
  if (store === undefined || Object.keys(flags).length > 1) {
    throw new HindcastError(
      'usage',
      'a push goes either to --store, or to --context with -n, --claim and --image as needed',
    )
  }
  const { datasetsDir } = existingHome(context.home)
  if (store === STREAM) return await send(datasetsDir, name)
  return await withCluster(context, { store, command: 'dataset push' }, async (target) => {
    const { pushed } = await pushTo(target, context, { datasetsDir, snapshotId: name })
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
  return await withCluster(context, { store: flags.store, command: 'dataset receive' }, async (cluster) => {
    const pushed = await withReceived(context.config.parseStore(flags.store), process.stdin, async (received) => {
      const { datasetsDir, record } = received
      return (await pushTo(cluster, context, { datasetsDir, snapshotId: record.snapshotId })).pushed
    })
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
