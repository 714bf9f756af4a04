import { HindcastError } from '../../core/errors.ts'
import { openStore } from '../../storage/blobs/open-store.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { type FillReport, fillRows } from '../../storage/out/fill-rows.ts'
import { type CleanupReport, expireResults, purgeGone, sweepArtifacts } from '../../storage/out/janitor.ts'
import type { Context } from '../context.ts'
import { withRecord } from '../namespaces/record.ts'

/**
 * `hindcast cleanup --database`: the clean-up of one namespace of a cluster. What killed runners left, what a deleted
 * resource asked to be purged, then retention; then the rows that only the files hold, and a note of the room there is.
 * The store is looked at below the namespace alone: rows of others may be invisible here, and files without a row are
 * what a sweep removes.
 */
export async function cleanUpNamespace(
  context: Context,
  { days, dryRun }: { readonly days: number; readonly dryRun: boolean },
): Promise<readonly [readonly CleanupReport[], FillReport]> {
  const { artifacts, namespace, parseStore } = context.config
  if (artifacts === null || namespace === null) {
    const missing = artifacts === null ? 'HINDCAST_ARTIFACTS' : 'HINDCAST_NAMESPACE'
    throw new HindcastError('environment_invalid', `"cleanup --database" cleans one namespace: set ${missing}`)
  }
  const store = openStore(parseStore(artifacts), { namespace, now: context.now })
  return await withRecord(context, 'cleanup --database', async (ledger) => {
    const ports = { store, ledger, now: context.now, namespace }
    const reports = [
      await sweepArtifacts(ports, { dryRun }),
      await purgeGone(ports, { dryRun }),
      await expireResults(ports, { days, dryRun }),
    ]
    const rows = await fillRows(ports, { dryRun })
    if (!dryRun) await noteRoom(ledger, store, namespace)
    return [reports, rows] as const
  })
}

/** The operator mounts no store: what it knows of the room there it reads from the record. */
async function noteRoom(ledger: Pick<Ledger, 'noteRoom'>, store: BlobStore, namespace: string): Promise<void> {
  const { bytes, freeBytes, totalBytes } = await store.usage()
  await ledger.noteRoom(namespace, { usedBytes: bytes, freeBytes, totalBytes })
}
