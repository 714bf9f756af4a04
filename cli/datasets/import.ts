import { numberText } from '../../core/number-text.ts'
import { type ImportOptions, type ImportReport, importDataset } from '../../storage/in/import/import-dataset.ts'
import type { Context } from '../context.ts'
import { inNewHome } from '../local/home-folder.ts'
import { print } from '../output/print.ts'
import { type DatasetCluster, withCluster } from './cluster.ts'
import { type Pushed, pushedData, pushedText, pushTo } from './push.ts'

interface ImportFlags {
  readonly prices: readonly string[]
  readonly fundamentals?: readonly string[]
  readonly delistings?: string
  readonly names?: string
  readonly preset?: ImportOptions['preset']
  readonly crspFormat?: ImportOptions['crspFormat']
  readonly nonFinite?: ImportOptions['nonFinite']
  readonly store?: string
}

/**
 * `hindcast dataset import NAME`: never opens the records of the home, so that it can run beside a run. With --store
 * the snapshot goes on to a cluster; whether that can be reached is asked first.
 */
export async function importFiles(context: Context, dataset: string, flags: ImportFlags): Promise<number> {
  const { store, ...files } = flags
  const work = (cluster: DatasetCluster | null) =>
    inNewHome(context.home, async ({ datasetsDir }) => {
      const startedAt = context.monotonic()
      const report = await importDataset({ ...files, datasetsDir, dataset, now: context.now })
      const pushed = cluster === null ? {} : await pushTo(cluster, context, { datasetsDir, ...report.record })
      await printImport(context, { ...report, ...pushed }, context.monotonic() - startedAt)
      return 0
    })
  return store === undefined ? work(null) : withCluster(context, { store, command: 'dataset import --store' }, work)
}

/** What an import and the synthetic market have in common. */
type Made = Pick<ImportReport, 'record' | 'directory' | 'created' | 'quality'> & { readonly pushed?: Pushed }

/** Prints what an import made, and what a reader must know of the data. */
export async function printImport(context: Context, report: Made, durationMs: number): Promise<void> {
  const { record, created, quality } = report
  if (context.output === 'table' && !context.quiet) {
    for (const { severity, count, text, examples } of quality.findings) {
      const [example] = examples
      const where = example === undefined || example.row === 0 ? '' : ` (first: ${example.file}, row ${example.row})`
      const look = severity === 'warning' ? 'warn' : 'quiet'
      context.terminal.note(`${context.terminal.noteStyle(look, `${severity}:`)} ${whole(count)} × ${text}${where}\n`)
    }
  }
  const pushed = report.pushed === undefined ? {} : { pushed: pushedData(report.pushed) }
  const data = {
    created,
    durationMs: Math.round(durationMs),
    directory: report.directory,
    ...record,
    quality,
    ...pushed,
  }
  await print(context, data, () => {
    const state = created ? `imported in ${(durationMs / 1000).toFixed(1)} s` : 'was here already'
    return (
      `${record.snapshotId}  ${context.terminal.style('good', state)}\n` +
      `${whole(quality.rowsKept)} rows, ${whole(record.names)} names on ${whole(record.dates)} days, ` +
      `${record.startDate} to ${record.endDate}\n` +
      (report.pushed === undefined ? '' : pushedText(report.pushed))
    )
  })
}

function whole(value: number): string {
  return numberText(value, { unit: 'count', digits: 0 })
}
