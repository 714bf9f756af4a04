import { ERRORS } from '../../core/errors.ts'
import type { Job } from '../../storage/ledger/ledger.ts'
import type { Context } from '../context.ts'
import { exitCodeOf } from '../jobs/job-end.ts'
import type { Home } from '../local/open-home.ts'
import { openJobResult } from '../local/result-files.ts'
import { type JobOrder, runJob } from '../local/run-job.ts'

/**
 * Computes a job again, with another number of threads, and compares every file with the first result. Gives 0, the
 * code of `not_deterministic` where a byte differs, or the code of the second run's failure.
 */
export async function verifyAgain(
  context: Context,
  home: Home,
  { order, first }: { order: Omit<JobOrder, 'onProgress'>; first: Job },
): Promise<number> {
  const before = (await openJobResult(home, first)).manifest.files
  const threads = order.threads === 1 ? 2 : order.threads - 1
  const second = await runJob(context, home, { ...order, threads, again: true, onProgress: () => {} })
  const { note, noteStyle } = context.terminal
  if (second.job.status !== 'completed') {
    note(`${order.head.name}: ${noteStyle('bad', 'not verified:')} ${second.job.errorMessage ?? second.job.status}\n`)
    return exitCodeOf(second.job)
  }
  const after = new Map((await openJobResult(home, second.job)).manifest.files.map((file) => [file.name, file.sha256]))
  const differing = before.filter((file) => after.get(file.name) !== file.sha256).map((file) => file.name)
  if (differing.length === 0 && before.length === after.size) {
    const words = `${before.length} files equal byte for byte, computed with ${order.threads} and ${threads} threads`
    if (!context.quiet) note(`${order.head.name}: ${noteStyle('good', 'verified:')} ${words}\n`)
    return 0
  }
  const [one, two] = [first, second.job].map((job) => job.resultPath)
  const what = `${differing.join(', ')} differ between ${one} and ${two}; please report this`
  note(`${order.head.name}: ${noteStyle('bad', 'not deterministic:')} ${what}\n`)
  return ERRORS.not_deterministic.cli
}
