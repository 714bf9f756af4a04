import { HindcastError } from '../../core/errors.ts'
import { openStore } from '../../storage/blobs/open-store.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import { ledgerCatalog } from '../../storage/in/ledger-catalog.ts'
import { entryOf } from '../../storage/in/snapshot/entry.ts'
import { openDatasets } from '../../storage/in/store/open-datasets.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { openResult } from '../../storage/out/read-result.ts'
import type { RunnerConfig } from '../config.ts'
import type { Lookups } from './plan-of-row.ts'

/** A pod's stores, and the local folders in which a plan's data lie once it has been read. */
export interface Places {
  readonly store: BlobStore
  readonly lookups: Lookups
  /** `sourceDir` absent: the plan is no MonteCarlo. */
  readonly folders: () => { readonly datasetsDir: string; readonly artifactsDir: string; readonly sourceDir?: string }
}

/** Opens the stores of a pod. Nothing is connected to until a plan names something. */
export function openPlaces(
  config: Pick<RunnerConfig, 'datasets' | 'artifacts' | 'namespace' | 'scratchDir'>,
  { ledger, now }: { readonly ledger: Ledger; readonly now: () => number },
): Places {
  const { namespace, scratchDir } = config
  const datasets = openDatasets(config.datasets)
  const store = openStore(config.artifacts, { namespace, now })
  const found: { datasetsDir: string; sourceDir?: string } = { datasetsDir: scratchDir }
  const lookups: Lookups = {
    snapshot: async (snapshotId) => {
      const entry = entryOf(await ledgerCatalog(ledger).show(snapshotId))
      found.datasetsDir = await datasets.fetch(entry)
      return entry
    },
    source: async ({ jobId, contentSha256 }) => {
      const job = await ledger.findJob(jobId)
      // Planned on this content: a source that was computed again since keeps its older attempts.
      const attempts = job === null || job.namespace !== namespace ? [] : await ledger.findAttempts(jobId)
      const attempt = attempts.findLast((one) => one.status === 'completed' && one.contentSha256 === contentSha256)
      if (job === null || attempt === undefined || attempt.resultPath === null) {
        const message = `job ${jobId} in namespace ${namespace} has no result with the content ${contentSha256} now`
        throw new HindcastError('source_failed', message, { field: '/spec/backtestRef' })
      }
      const { resultPath, manifestSha256, datasetVersionIds } = attempt
      const { directory, summary } = await openResult(store, { resultPath, manifestSha256 }, { verify: false })
      found.sourceDir = directory
      const fullSha256 = String(summary.data_signature ?? '')
      const result = { jobId, contentSha256, manifestSha256, resultPath }
      return { job, result, datasetVersionIds: datasetVersionIds ?? {}, fullSha256 }
    },
  }
  const artifactsDir = config.artifacts.kind === 'files' ? config.artifacts.root : scratchDir
  return { store, lookups, folders: () => ({ ...found, artifactsDir }) }
}
