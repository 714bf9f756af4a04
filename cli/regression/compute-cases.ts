import { formatIsoDate } from '../../core/dates.ts'
import { ERRORS, type ErrorCode, HindcastError } from '../../core/errors.ts'
import { planBacktest } from '../../core/plan.ts'
import type { GoldenMetrics } from '../../core/verdict.ts'
import { readCatalog } from '../../storage/in/catalog.ts'
import { metricsOf } from '../../storage/out/documents/parse-summary.ts'
import type { Context } from '../context.ts'
import { checkHome } from '../local/home-folder.ts'
import { withHome } from '../local/open-home.ts'
import { openJobResult, trustOwnResult } from '../local/result-files.ts'
import { runJob } from '../local/run-job.ts'
import { progressLine } from '../output/progress-line.ts'
import { interruptible } from '../runs/interruption.ts'
import { threadsOf } from '../runs/options.ts'
import { requestOfCase } from './golden-request.ts'
import { GOLDEN_METRICS, type GoldenCase } from './golden-set.ts'

/** What a case gives on this machine, now. */
export interface ComputedCase {
  readonly golden: GoldenCase
  readonly jobId: string
  readonly contentSha256: string
  readonly metrics: GoldenMetrics
  readonly snapshotSha256: string
}

const MS_PER_DAY = 86_400_000

/**
 * Computes every case anew (a golden never reuses a result). All are planned before the first is run. Throws what
 * planning throws, `interrupted`, or the failure of a case.
 */
export async function computeCases(context: Context, cases: readonly GoldenCase[]): Promise<ComputedCase[]> {
  const today = formatIsoDate(Math.floor(context.now() / MS_PER_DAY))
  const catalog = await readCatalog(checkHome(context.home).folder.datasetsDir)
  const planned = cases.map((golden) => {
    const request = requestOfCase(golden, today)
    return { golden, request, plan: planBacktest(request, catalog) }
  })
  return await withHome(context, { create: false }, (home) =>
    interruptible(context, async (interruption) => {
      const computed: ComputedCase[] = []
      for (const { golden, request, plan } of planned) {
        const line = progressLine(context.terminal, { ...context, name: golden.name })
        const threads = threadsOf(context, null, request.run.cpu)
        const order = { plan, head: request, threads, again: true, stop: interruption.controller() }
        const { job } = await runJob(context, home, { ...order, onProgress: line.show }).finally(line.done)
        if (interruption.happened())
          throw new HindcastError('interrupted', `interrupted; go on with: ${context.invocation}`)
        if (job.status !== 'completed') throw failureOf(golden.name, job)
        trustOwnResult(job)
        const opened = await openJobResult(home, job)
        computed.push({
          golden,
          jobId: job.jobId,
          contentSha256: opened.manifest.contentSha256,
          metrics: sevenOf(metricsOf(opened.summary)),
          snapshotSha256: plan.snapshot.fullSha256,
        })
      }
      return computed
    }),
  )
}

/** The metrics of a golden; what is not defined or NaN is null. */
function sevenOf(metrics: Readonly<Record<string, number | null>>): GoldenMetrics {
  return Object.fromEntries(
    GOLDEN_METRICS.map((name) => {
      const value = metrics[name] ?? null
      return [name, value !== null && Number.isFinite(value) ? value : null]
    }),
  )
}

function failureOf(
  name: string,
  job: { errorClass: string | null; errorMessage: string | null; status: string },
): HindcastError {
  const code =
    job.errorClass !== null && Object.hasOwn(ERRORS, job.errorClass) ? (job.errorClass as ErrorCode) : 'cancelled'
  return new HindcastError(code, `${name}: ${job.errorMessage ?? job.status}`)
}
