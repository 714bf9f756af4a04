import { formatIsoDate, parseIsoDate } from '../../core/dates.ts'
import { HindcastError } from '../../core/errors.ts'
import type { Status } from '../../core/lifecycle.ts'
import { metricText } from '../../core/metric-glossary.ts'
import type { Job, JobFilter, Ledger } from '../../storage/ledger/ledger.ts'
import type { Context } from '../context.ts'
import { withHome } from '../local/open-home.ts'
import { print } from '../output/print.ts'
import { type Column, renderTable } from '../output/table.ts'
import { wholeNumber } from '../runs/options.ts'
import type { Look } from '../terminal.ts'

interface ListFlags {
  readonly status?: Status
  readonly alpha?: string
  readonly namespace?: string
  readonly from?: string
  readonly to?: string
  readonly limit: string
}

interface Listed {
  readonly name: string
  readonly job: Job
}

const MOST = 500
const SHORT_ID = 8

/** `hindcast list`: newest first. */
export async function listJobs(context: Context, flags: ListFlags): Promise<number> {
  const filter = filterOf(flags)
  return await withHome(context, { create: false }, async ({ ledger }) => {
    const { rows, nextCursor } = await ledger.listJobs(filter)
    const names = await namesOf(ledger)
    const listed = rows.map((job) => ({ job, name: names.get(job.jobId) ?? '' }))
    if (listed.length === 0 && context.output === 'table' && !context.quiet) {
      context.terminal.note('No jobs here yet. "hindcast run momentum.yaml" makes one.\n')
      return 0
    }
    await print(context, listed.map(dataOf), () => renderTable(COLUMNS, listed, context.terminal.style))
    if (nextCursor !== null && context.output === 'table' && !context.quiet) {
      context.terminal.note(`the newest ${rows.length}; --limit shows more, the options narrow it down\n`)
    }
    return 0
  })
}

const STATUS_LOOKS: Readonly<Record<Status, Look>> = {
  pending: 'quiet',
  running: 'accent',
  completed: 'good',
  failed: 'bad',
  cancelled: 'warn',
}

const COLUMNS: readonly Column<Listed>[] = [
  { title: 'job', cell: ({ job }) => job.jobId.slice(0, SHORT_ID) },
  { title: 'name', cell: ({ name }) => name },
  { title: 'status', cell: ({ job }) => job.status, look: ({ job }) => STATUS_LOOKS[job.status] },
  { title: 'alpha', cell: ({ job }) => job.alphaName },
  { title: 'from', cell: ({ job }) => job.startDate },
  { title: 'to', cell: ({ job }) => job.endDate },
  { title: 'rank IC', right: true, cell: ({ job }) => figure(job, 'mean_ic', job.meanIc) },
  { title: 'ICIR', right: true, cell: ({ job }) => figure(job, 'icir', job.icir) },
  { title: 'hit rate', right: true, cell: ({ job }) => figure(job, 'hit_rate', job.hitRate) },
  { title: 'created', cell: ({ job }) => job.createdAt.slice(0, 16).replace('T', ' ') },
  { title: '', cell: ({ job }) => job.errorClass ?? '', look: () => 'quiet' },
]

function figure(job: Job, name: string, value: number | null): string {
  return job.status === 'completed' ? metricText('metrics', name, value) : ''
}

async function namesOf(ledger: Ledger): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  let cursor: string | undefined
  do {
    const page = await ledger.listResources({ limit: MOST, ...(cursor === undefined ? {} : { cursor }) })
    for (const { jobId, name } of page.rows) if (jobId !== null && !names.has(jobId)) names.set(jobId, name)
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return names
}

function dataOf({ job, name }: Listed) {
  const { jobId, namespace, status, alphaName, startDate, endDate, snapshotId, attempt, createdAt, completedAt } = job
  const error = job.errorClass === null ? null : { class: job.errorClass, message: job.errorMessage ?? '' }
  const times = { createdAt, completedAt }
  return {
    jobId,
    name,
    namespace,
    status,
    alphaName,
    startDate,
    endDate,
    snapshotId,
    attempt,
    ...times,
    metrics: job.metrics,
    error,
  }
}

function filterOf(flags: ListFlags): JobFilter {
  const from = flags.from === undefined ? null : day('--from', flags.from)
  const to = flags.to === undefined ? null : day('--to', flags.to)
  return {
    limit: wholeNumber('--limit', flags.limit, 1, MOST),
    ...(flags.status === undefined ? {} : { status: [flags.status] }),
    ...(flags.alpha === undefined ? {} : { alphaName: flags.alpha }),
    ...(flags.namespace === undefined ? {} : { namespaces: [flags.namespace] }),
    ...(from === null ? {} : { createdFrom: `${formatIsoDate(from)}T00:00:00Z` }),
    ...(to === null ? {} : { createdTo: `${formatIsoDate(to + 1)}T00:00:00Z` }),
  }
}

function day(option: string, text: string): number {
  const found = parseIsoDate(text)
  if (found === null) throw new HindcastError('usage', `${option} "${text}" is not a date; write YYYY-MM-DD`)
  return found
}
