import { resolve } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import type { Problem } from '../../crds/index.ts'
import type { Context } from '../context.ts'
import { checkHome, homeFolder } from '../local/home-folder.ts'
import { type Home, withHome } from '../local/open-home.ts'
import { storeOf } from '../local/result-files.ts'
import { beginAhead } from '../local/run-job.ts'
import { countOf, printProblems, printWarnings } from '../manifests/print-problems.ts'
import { type FileRequest, readFiles } from '../manifests/read-files.ts'
import { interruptible } from './interruption.ts'
import { NAME_MARK, type RunFlags, type RunOptions, readRunFlags, threadsOf } from './options.ts'
import { notStarted, type Planned, planAll } from './plan-all.ts'
import { type EndedRun, emptyRecord, printRecords } from './record.ts'
import { type RunRequest, withInlineSources } from './request.ts'
import { type JobsOfCall, planPaths } from './resolve-source.ts'
import { type RunCall, runOne } from './run-one.ts'
import { tellFailure } from './tell.ts'

/** `hindcast run`: validates everything first, then runs one after the other; the exit code is the largest. */
export async function run(context: Context, files: readonly string[], flags: RunFlags): Promise<number> {
  const options = readRunFlags(flags)
  const { requests, problems, warnings } = await readFiles(context, files)
  printWarnings(context, warnings)
  const refused = [...problems, ...requests.flatMap(notRunHere)]
  if (refused.length > 0) {
    const code = printProblems(context, refused)
    context.terminal.note(`${countOf(refused)}; nothing was run\n`)
    return code
  }
  const asked = withInlineSources(requests.map(({ request }) => request as RunRequest))
  if (asked.length > 1 && options.html !== null && !options.html.includes(NAME_MARK)) {
    throw new HindcastError(
      'usage',
      `--html ${flags.html}: for ${asked.length} results write a name with ${NAME_MARK}, as "${NAME_MARK}.html"`,
    )
  }
  if (options.html !== null && files.some((file) => resolve(file) === options.html)) {
    throw new HindcastError('usage', `--html ${flags.html}: it is the manifest; name another file`)
  }
  for (const { name, run } of asked) {
    if (run.suspend && !context.quiet) context.terminal.note(`${name}: spec.suspend is for a cluster; it runs here\n`)
  }
  const planned = await planAll(context, checkHome(context.home).folder.datasetsDir, asked)
  const ended = await runPlanned(context, planned, options)
  await printRecords(context, ended.runs)
  return Math.max(ended.interrupted, ...ended.runs.map(({ exitCode }) => exitCode))
}

/** Runs what could be planned, in order; a home is opened, or made, only when there is something to run. */
async function runPlanned(
  context: Context,
  planned: readonly Planned[],
  options: RunOptions,
): Promise<{ readonly runs: EndedRun[]; readonly interrupted: number }> {
  if (planned.every((one) => 'failed' in one)) return { runs: planned.map((one) => one.failed), interrupted: 0 }
  // The records take their time to open; the runner can be loaded meanwhile.
  import('../../runner/attempt.ts').catch(() => {})
  const first = planned.find((one) => 'plan' in one)
  let ahead = await beginWhileOpening(context, first, options)
  const drop = () => {
    void ahead?.close()
    ahead = null
  }
  try {
    return await withHome(context, { create: true, onWait: drop }, (home) =>
      interruptible(context, async (interruption) => {
        // Beside the work: what killed processes left behind must not delay this run.
        const swept = sweepLeftovers(context, home)
        const ended = new Map<Planned, EndedRun>()
        for (const one of inDependencyOrder(planned)) {
          const call = { options, interruption, ahead: one === first ? ahead : null }
          ended.set(one, await runPlannedOne(context, home, { one, call, jobs: jobsOf(ended) }))
        }
        const runs = planned.map((one) => ended.get(one)!)
        await swept
        if (interruption.happened()) context.terminal.note(`interrupted; go on with: ${context.invocation}\n`)
        return { runs, interrupted: interruption.exitCode() }
      }),
    )
  } finally {
    drop()
  }
}

/** A MonteCarlo needs a Backtest, and nothing needs a MonteCarlo. */
function inDependencyOrder(planned: readonly Planned[]): Planned[] {
  return [...planned.filter((one) => !('later' in one)), ...planned.filter((one) => 'later' in one)]
}

/** Job by `namespace/name` of the Backtests that have ended; null for one that failed before it was a job. */
function jobsOf(ended: ReadonlyMap<Planned, EndedRun>): JobsOfCall {
  const backtests = [...ended.values()].filter(({ record }) => record.kind === 'Backtest')
  return new Map(backtests.map(({ record: { namespace, name, jobId } }) => [`${namespace}/${name}`, jobId]))
}

interface PlannedCall {
  readonly one: Planned
  readonly call: Pick<RunCall, 'options' | 'interruption' | 'ahead'>
  readonly jobs: JobsOfCall
}

async function runPlannedOne(context: Context, home: Home, { one, call, jobs }: PlannedCall): Promise<EndedRun> {
  if ('failed' in one) return one.failed
  if (call.interruption.happened()) return notStarted({ request: one.request, plan: 'plan' in one ? one.plan : null })
  if ('plan' in one) return await runOne(context, home, { ...one, ...call })
  try {
    const plan = await planPaths(home, one.later, jobs)
    return await runOne(context, home, { request: one.request, plan, ...call })
  } catch (thrown) {
    return tellFailure(context, { thrown, record: emptyRecord(one.request) })
  }
}

/** Sets the first request to work while the records open, which takes as long as the work. */
async function beginWhileOpening(context: Context, first: Planned | undefined, options: RunOptions) {
  if (first === undefined || !('plan' in first)) return null
  const { plan, request } = first
  const threads = threadsOf(context, options.threads, request.run.cpu)
  return await beginAhead(context, homeFolder(context.home), { plan, head: request, threads, again: false })
}

/** The janitor at the start of a run (platform.md 3.5); what it cannot remove is left to `hindcast cleanup` to tell. */
async function sweepLeftovers(context: Context, home: Home): Promise<void> {
  const { sweepArtifacts } = await import('../../storage/out/janitor.ts')
  const ports = { store: storeOf(home), ledger: home.ledger, now: context.now }
  await sweepArtifacts(ports, { dryRun: false }).catch(() => {})
}

/** A Regression validates, but `run` does not run it in this release. */
function notRunHere({ file, line, request }: FileRequest): Problem[] {
  if (request.kind !== 'Regression') return []
  return [
    {
      code: 'config_invalid',
      message: `${request.kind} "${request.name}" is valid, but this release does not run it`,
      file,
      line,
      column: 1,
      pointer: '/kind',
    },
  ]
}
