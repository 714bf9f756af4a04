import { HindcastError } from '../../core/errors.ts'
import { fileStore } from '../../storage/blobs/files.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import type { OpenedResult } from '../../storage/out/read-result.ts'
import type { HomeFolder } from './home-folder.ts'

/** The artifacts of a home. */
export function storeOf(home: HomeFolder): BlobStore {
  return fileStore(home.artifactsDir)
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

/** The result of a completed job, every file of it checked against its hash. */
export async function openJobResult(home: HomeFolder, job: Job): Promise<OpenedResult> {
  const { openResult, resultOfJob } = await import('../../storage/out/read-result.ts')
  try {
    return await openResult(storeOf(home), resultOfJob(job.jobId, job), { verify: true })
  } catch (thrown) {
    if (!(thrown instanceof HindcastError)) throw thrown
    const advice = `"hindcast rerun ${job.jobId.slice(0, 12)}" computes it again`
    throw new HindcastError(thrown.code, `${thrown.message}; ${advice}`, { cause: thrown })
  }
}
