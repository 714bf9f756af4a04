import { join } from 'node:path'
import { resultKey, sha256Hex } from '../../core/identity.ts'
import { planComputation } from '../../core/plan.ts'
import { ENGINE_REVISION } from '../../engine/revision.ts'
import { writeNewFile } from '../blobs/durable-files.ts'
import { explainFull } from '../blobs/full-store.ts'
import { formatResultPath } from '../blobs/result-path.ts'
import type { BlobStore, Staging } from '../blobs/store.ts'
import type { ArtifactTable } from './artifact-tables.ts'
import { contentSha256, type FileEntry, MANIFEST_FILE, type Manifest, sortedByName } from './documents/manifest.ts'
import { jsonText } from './documents/strict-json.ts'
import type { ArtifactText, Contents } from './kinds/contents.ts'
import { type Computed, contentsOf } from './kinds/index.ts'
import type { Receipt } from './receipt.ts'

/** A result and what its manifest says about the attempt that computed it. */
export type StageInput<Of extends Computed = Computed> = Of & AttemptFacts

interface AttemptFacts {
  /** Name of the resource. */
  readonly name: string
  readonly attempt: number
  /** Pod uid of the claim. */
  readonly claim: string
  /** Version of Hindcast. */
  readonly engineVersion: string
  /** Digest of the runner's image; null outside a cluster. */
  readonly image: string | null
  readonly startedAt: Date
  readonly completedAt: Date
  readonly peakMemoryBytes: number | null
}

/** Writes one table, as `writeArtifact` of write-artifact.ts does, in this thread or another. */
export type ArtifactWriter = (directory: string, table: ArtifactTable) => Promise<FileEntry>

/** Everything is on disk in a folder that no reader looks at. */
export interface StagedAttempt {
  readonly staging: Staging
  readonly receipt: Receipt
}

/**
 * Writes all files of a result into a staging folder and fsyncs each, manifest.json last. Throws `storage_full`,
 * `storage_error`, `schema_violation` or `reproducibility_missing`; nothing is left behind then.
 */
export async function stageAttempt(
  input: StageInput,
  store: BlobStore,
  write: ArtifactWriter = writeHere,
): Promise<StagedAttempt> {
  const { plan, attempt, claim } = input
  // Before the first byte: a result that cannot be reproduced is refused without any file.
  const contents = contentsOf(input, input.engineVersion)
  const path = { namespace: plan.namespace, jobId: plan.jobId, attempt }
  const full = (thrown: unknown) => explainFull(thrown, store, formatResultPath(path))
  const staging = await store.stage(path, claim).catch(async (thrown) => {
    throw await full(thrown)
  })
  try {
    const files = sortedByName(await writeFiles(staging.directory, contents, write))
    const manifest = jsonText(manifestOf(input, files))
    await writeNewFile(join(staging.directory, MANIFEST_FILE), manifest)
    return { staging, receipt: receiptOf(input, store, { contents, files, manifest }) }
  } catch (error) {
    const told = await full(error)
    await discardQuietly(staging)
    throw told
  }
}

/** Loaded when used: a caller whose threads write needs no Parquet library of its own, and 0.1 s to load one. */
async function writeHere(directory: string, table: ArtifactTable): Promise<FileEntry> {
  const { writeArtifact } = await import('./write-artifact.ts')
  return writeArtifact(directory, table)
}

/** For a catch block: what cannot be removed now is the janitor's, and must not hide why. */
export async function discardQuietly(staging: Staging): Promise<void> {
  await staging.discard().catch(() => {})
}

/** All files at once, so that their fsyncs overlap. Ends when every write has ended, also when one failed. */
async function writeFiles(directory: string, { tables, texts }: Contents, write: ArtifactWriter): Promise<FileEntry[]> {
  const writes = tables.map((table) => write(directory, table))
  const settled = await Promise.allSettled([...writes, ...texts.map((text) => writeText(directory, text))])
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

async function writeText(directory: string, { name, text }: ArtifactText): Promise<FileEntry> {
  await writeNewFile(join(directory, name), text)
  return { name, rows: null, bytes: Buffer.byteLength(text), sha256: sha256Hex(text) }
}

function manifestOf(input: StageInput, files: readonly FileEntry[]): Manifest {
  const { plan } = input
  return {
    v: 1,
    kind: plan.kind,
    namespace: plan.namespace,
    name: input.name,
    jobId: plan.jobId,
    configHash: plan.configHash,
    attempt: input.attempt,
    claim: input.claim,
    startedAt: input.startedAt.toISOString(),
    completedAt: input.completedAt.toISOString(),
    image: input.image,
    engineRevision: ENGINE_REVISION,
    engineVersion: input.engineVersion,
    computation: planComputation(plan),
    peakMemoryBytes: input.peakMemoryBytes,
    files,
    contentSha256: contentSha256(files),
  }
}

function receiptOf(
  { plan, attempt, engineVersion, image, peakMemoryBytes }: StageInput,
  store: BlobStore,
  { contents, files, manifest }: { contents: Contents; files: readonly FileEntry[]; manifest: string },
): Receipt {
  const { namespace, jobId } = plan
  const resultPath = formatResultPath({ namespace, jobId, attempt })
  return {
    namespace,
    jobId,
    attempt,
    resultPath,
    location: store.locate(resultPath),
    files,
    ...contents.row,
    engineRevision: ENGINE_REVISION,
    engineVersion,
    imageDigest: image,
    contentSha256: contentSha256(files),
    manifestSha256: sha256Hex(manifest),
    resultKey: resultKey(plan.kind, planComputation(plan), ENGINE_REVISION),
    artifactBytes: files.reduce((sum, file) => sum + file.bytes, Buffer.byteLength(manifest)),
    peakMemoryBytes,
  }
}
