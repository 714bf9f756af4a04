import { HindcastError } from '../../core/errors.ts'
import { configHash, type Identity, type Json, jobIdOf, resultKey, sha256Hex } from '../../core/identity.ts'
import { formatResultPath } from '../blobs/result-path.ts'
import type { Completion, NewJob } from '../ledger/ledger.ts'
import { type Manifest, parseManifest } from './documents/manifest.ts'
import { metricsOf, parseSummary, scalarsOf } from './documents/parse-summary.ts'
import { SUMMARY_FILE, type Summary } from './documents/summary.ts'
import { ROWS_FILE, recoverRows } from './kinds/recover-rows.ts'

/** What a row needs that no file knows, as the defaults of design.md 2. */
const LOST_POLICY = { priority: 'normal', timeoutSeconds: 3600, deletionPolicy: 'retain' } as const

/** The values of a row that was lost while its artifacts were not: T1, then the attempt, then T3. */
export interface RecoveredRow {
  readonly job: NewJob
  readonly attempt: number
  readonly completion: Completion
  /** RFC 3339, as manifest.json has them. */
  readonly startedAt: string
  readonly completedAt: string
}

/** The texts that a lost row can be made of. */
export interface RecoveryTexts {
  readonly manifest: string
  readonly summary: string
  /** Of the kind's ROWS_FILE; null for a kind without one. */
  readonly rows: string | null
}

/**
 * The row that the texts of a result stand for (`migrate --recover`), with the windows or intervals of its kind. Pure.
 * Who asked, priority and limits are in no file: they get their defaults. Throws `artifact_corrupt` when a text is
 * damaged, is not the manifest's, or when the job id does not follow from the computation.
 */
export function recoverRow({ manifest: manifestText, summary: summaryText, rows }: RecoveryTexts): RecoveredRow {
  const manifest = parseManifest(manifestText)
  checkListed(manifest, SUMMARY_FILE, summaryText)
  const rowsFile = ROWS_FILE[manifest.kind]
  if (rowsFile !== undefined) checkListed(manifest, rowsFile, rows ?? '')
  checkIdentity(manifest)
  const summary = parseSummary(summaryText)
  const { namespace, jobId, attempt } = manifest
  return {
    job: newJob(manifest, summary),
    attempt,
    completion: {
      metrics: metricsOf(summary),
      costConfig: (summary.cost_config ?? null) as Json,
      costSummary: scalarsOf(summary).costs?.summary ?? null,
      resultPath: formatResultPath({ namespace, jobId, attempt }),
      snapshotId: String(summary.snapshot_id),
      datasetVersionIds: summary.dataset_version_ids as Record<string, string>,
      engineRevision: manifest.engineRevision,
      engineVersion: manifest.engineVersion,
      imageDigest: manifest.image,
      contentSha256: manifest.contentSha256,
      manifestSha256: sha256Hex(manifestText),
      resultKey: resultKey(manifest.kind, manifest.computation, manifest.engineRevision),
      artifactBytes: manifest.files.reduce((sum, file) => sum + file.bytes, Buffer.byteLength(manifestText)),
      peakMemoryBytes: manifest.peakMemoryBytes,
      ...(rowsFile === undefined ? {} : recoverRows(manifest, rows ?? '')),
    },
    startedAt: manifest.startedAt,
    completedAt: manifest.completedAt,
  }
}

/** Throws `artifact_corrupt` unless the text is that of the file as its manifest lists it. */
export function checkListed({ files }: Manifest, file: string, text: string): void {
  const listed = files.find(({ name }) => name === file)
  if (listed?.sha256 !== sha256Hex(text)) throw corrupt(`${file} is not the one its manifest lists`)
}

function newJob(manifest: Manifest, summary: Summary): NewJob {
  return {
    jobId: manifest.jobId,
    configHash: manifest.configHash,
    kind: manifest.kind.toLowerCase() as NewJob['kind'],
    namespace: manifest.namespace,
    dataset: typeof summary.dataset === 'string' ? summary.dataset : null,
    alphaName: String(summary.alpha),
    startDate: String(summary.start_date),
    endDate: String(summary.end_date),
    weightMethod: String(summary.weight_method),
    config: manifest.computation,
    createdBy: `namespace:${manifest.namespace}`,
    ...LOST_POLICY,
  }
}

/** A changed computation must not come back under the id of the old one. */
function checkIdentity({ kind, namespace, computation, jobId, configHash: stored }: Manifest): void {
  const identity: Identity = { v: 1, kind, namespace, computation }
  const hash = configHash(identity)
  if (hash !== stored || jobIdOf(hash) !== jobId) {
    throw corrupt(`manifest.json: the computation has the hash ${hash}, but ${stored} and job ${jobId} are stored`)
  }
}

function corrupt(what: string): HindcastError {
  return new HindcastError('artifact_corrupt', what)
}
