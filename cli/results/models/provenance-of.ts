import type { Provenance, ResultHead } from '../../../console/report/model.ts'
import type { Job } from '../../../storage/ledger/ledger.ts'
import type { OpenedResult } from '../../../storage/out/read-result.ts'
import { KINDS } from '../../jobs/kind-of-job.ts'

/** What a model is made of: a completed job and its opened files. */
export interface ModelSource {
  readonly job: Job
  readonly name: string
  readonly opened: OpenedResult
  /** The command that computes it again. */
  readonly again: string
}

/** What every report begins with. */
export function resultHead({ job, name, opened }: Omit<ModelSource, 'again'>): ResultHead {
  const { startedAt, completedAt, attempt } = opened.manifest
  const { jobId, namespace } = job
  const durationMs = Date.parse(completedAt) - Date.parse(startedAt)
  return { name, kind: KINDS[job.kind], namespace, jobId, attempt, durationMs }
}

/** All that is needed to compute a result again, and to tell that it is the same. */
export function provenanceOf({ job, opened, again }: Omit<ModelSource, 'name'>): Provenance {
  const { manifest, summary, directory } = opened
  return {
    datasetVersionIds: job.datasetVersionIds ?? {},
    snapshotSha256: typeof summary.data_signature === 'string' ? summary.data_signature : null,
    configHash: job.configHash,
    contentSha256: manifest.contentSha256,
    manifestSha256: job.manifestSha256,
    engineRevision: manifest.engineRevision,
    engineVersion: manifest.engineVersion,
    imageDigest: manifest.image,
    createdBy: job.createdBy,
    completedAt: job.completedAt,
    resultPath: directory,
    again,
  }
}
