import { HindcastError } from '../../core/errors.ts'
import type { FillReport } from '../../storage/out/fill-rows.ts'
import type { CleanupReport } from '../../storage/out/janitor.ts'
import type { Context } from '../context.ts'
import { findJob } from '../jobs/find-job.ts'
import { type Home, withHome } from '../local/open-home.ts'
import { storeOf } from '../local/result-files.ts'
import { print } from '../output/print.ts'
import { wholeNumber } from '../runs/options.ts'

interface CleanupFlags {
  readonly olderThan: string
  readonly dryRun?: boolean
  readonly pin?: string
  readonly unpin?: string
  readonly database?: boolean
}

const LONGEST_RETENTION_DAYS = 36_500

/** `hindcast cleanup`: what killed processes left, then what is past its retention. With --pin it only pins. */
export async function cleanUp(context: Context, flags: CleanupFlags): Promise<number> {
  const days = wholeNumber('--older-than', flags.olderThan.replace(/d$/, ''), 0, LONGEST_RETENTION_DAYS)
  if (flags.pin !== undefined && flags.unpin !== undefined) {
    throw new HindcastError('usage', '--pin and --unpin exclude each other')
  }
  const dryRun = flags.dryRun === true
  if (flags.database === true) {
    const { cleanUpNamespace } = await import('./cleanup-database.ts')
    const [reports, rows] = await cleanUpNamespace(context, { days, dryRun })
    return await printReports(context, { dryRun, reports, rows })
  }
  return await withHome(context, { create: false }, async (home) => {
    if (flags.pin !== undefined) return await pin(context, home, { text: flags.pin, pinned: true })
    if (flags.unpin !== undefined) return await pin(context, home, { text: flags.unpin, pinned: false })
    const { expireResults, sweepArtifacts } = await import('../../storage/out/janitor.ts')
    const ports = { store: storeOf(home), ledger: home.ledger, now: context.now }
    const reports = [await sweepArtifacts(ports, { dryRun }), await expireResults(ports, { days, dryRun })]
    return await printReports(context, { dryRun, reports, rows: { filled: [], unfilled: [] } })
  })
}

interface Cleaned {
  readonly dryRun: boolean
  readonly reports: readonly CleanupReport[]
  readonly rows: FillReport
}

async function printReports(context: Context, { dryRun, reports, rows }: Cleaned): Promise<number> {
  const report: CleanupReport = {
    removed: reports.flatMap(({ removed }) => removed),
    kept: reports.flatMap(({ kept }) => kept),
    unsafe: reports.flatMap(({ unsafe }) => unsafe),
  }
  await print(context, { dryRun, ...report, ...rows }, () => rowsText(rows, dryRun) + reportText(report, dryRun))
  return report.kept.length + report.unsafe.length > 0 ? STORAGE_EXIT : 0
}

/** Something could not be removed: the exit code of a storage error. */
const STORAGE_EXIT = 3

async function pin(context: Context, home: Home, { text, pinned }: { text: string; pinned: boolean }): Promise<number> {
  const { job, resource } = await findJob(home.ledger, text)
  const { jobId, namespace } = job
  await home.ledger.pinJob(jobId, pinned)
  await home.ledger.audit({ actor: context.user, action: 'pin', namespace, jobId, ip: null, details: { pinned } })
  const name = resource?.name ?? jobId.slice(0, 12)
  await print(
    context,
    { jobId, name, pinned },
    () => `${name} (${jobId}) is ${pinned ? 'pinned' : 'no longer pinned'}\n`,
  )
  return 0
}

function rowsText({ filled, unfilled }: FillReport, dryRun: boolean): string {
  const verb = dryRun ? 'would record' : 'recorded'
  return [
    ...filled.map((path) => `${verb} the windows or intervals of ${path}\n`),
    ...unfilled.map(({ path, why }) => `not recorded: the windows or intervals of ${path}: ${why}\n`),
  ].join('')
}

function reportText({ removed, kept, unsafe }: CleanupReport, dryRun: boolean): string {
  const verb = dryRun ? 'would remove' : 'removed'
  const lines = [
    ...removed.map(({ path, why }) => `${verb} ${path}: ${why}`),
    ...kept.map(({ path, why }) => `kept ${path}: ${why}`),
    ...unsafe.map((path) => `refused ${path}: it is a link, or lies outside the artifacts`),
  ]
  return `${[...lines, removed.length === 0 ? 'nothing to remove' : `${verb} ${removed.length}`].join('\n')}\n`
}
