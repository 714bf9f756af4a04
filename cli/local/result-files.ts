import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import { fileStore } from '../../storage/blobs/files.ts'
import { entryKind } from '../../storage/blobs/result-path.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import type { OpenedResult } from '../../storage/out/read-result.ts'
import type { HomeFolder } from './home-folder.ts'

/** The artifacts of a home. */
export function storeOf(home: HomeFolder): BlobStore {
  return fileStore(home.artifactsDir)
}

/** The largest number among the attempts whose files lie there, also those the record has lost; 0 for none. */
export function largestAttemptOnDisk(home: HomeFolder, job: { namespace: string; jobId: string }): number {
  const folder = join(home.artifactsDir, job.namespace, job.jobId)
  if (!existsSync(folder)) return 0
  const kinds = readdirSync(folder).map(entryKind)
  return Math.max(0, ...kinds.map((found) => (found.kind === 'attempt' ? found.attempt : 0)))
}

/** Whether the files of a completed job are there. Throws `artifact_corrupt` where they are not what was recorded. */
export async function artifactsPresent(home: HomeFolder, job: Job): Promise<boolean> {
  try {
    await openJobResult(home, job)
    return true
  } catch (thrown) {
    if (thrown instanceof HindcastError && thrown.code === 'artifacts_missing') return false
    throw thrown
  }
}

/** Results that this process has checked or made: nobody changes a published file. */
const verified = new Set<string>()

/** Says that this process wrote the files of a job's result itself: their hashes are its own. */
export function trustOwnResult(job: Job): void {
  verified.add(resultKeyOf(job))
}

function resultKeyOf({ resultPath, manifestSha256 }: Pick<Job, 'resultPath' | 'manifestSha256'>): string {
  return `${resultPath} ${manifestSha256}`
}

/** The result of a completed job, every file of it checked against its hash once in this process. */
export async function openJobResult(home: HomeFolder, job: Job): Promise<OpenedResult> {
  const { openResult, resultOfJob } = await import('../../storage/out/read-result.ts')
  try {
    const result = resultOfJob(job.jobId, job)
    const opened = await openResult(storeOf(home), result, { verify: !verified.has(resultKeyOf(result)) })
    verified.add(resultKeyOf(result))
    return opened
  } catch (thrown) {
    if (!(thrown instanceof HindcastError)) throw thrown
    const advice = `"hindcast rerun ${job.jobId.slice(0, 12)}" computes it again`
    throw new HindcastError(thrown.code, `${thrown.message}; ${advice}`, { cause: thrown })
  }
}
