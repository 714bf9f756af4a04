import { HindcastError } from '../../core/errors.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import { showSnapshot } from '../../storage/in/catalog.ts'
import { entryOf } from '../../storage/in/snapshot/entry.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { openResult } from '../../storage/out/read-result.ts'
import type { FoundSource, Lookups } from './plan-of-row.ts'

/** What a plan names, from the pod's stores and the record. */
export function lookupsOf(ports: {
  readonly ledger: Ledger
  readonly datasetsDir: string
  readonly store: BlobStore
  readonly namespace: string
}): Lookups {
  const { ledger, datasetsDir, store, namespace } = ports
  return {
    snapshot: async (snapshotId) => entryOf(await showSnapshot(datasetsDir, snapshotId)),
    source: async (planned): Promise<FoundSource> => {
      const { jobId, contentSha256 } = planned
      const job = await ledger.findJob(jobId)
      // Planned on this content: a source that was computed again since keeps its older attempts.
      const attempts = job === null || job.namespace !== namespace ? [] : await ledger.findAttempts(jobId)
      const found = attempts.findLast((one) => one.status === 'completed' && one.contentSha256 === contentSha256)
      if (job === null || found === undefined || found.resultPath === null) {
        const message = `job ${jobId} has no result with the content ${contentSha256} in namespace ${namespace} any more`
        throw new HindcastError('source_failed', message, { field: '/spec/backtestRef' })
      }
      const { resultPath, manifestSha256 } = found
      const { summary } = await openResult(store, { resultPath, manifestSha256 }, { verify: false })
      return {
        job,
        result: { jobId, contentSha256, manifestSha256, resultPath },
        datasetVersionIds: found.datasetVersionIds ?? {},
        fullSha256: String(summary.data_signature ?? ''),
      }
    },
  }
}
