import { numberText } from '../../core/number-text.ts'
import { type DatasetListing, listDatasets as listAll } from '../../storage/in/catalog.ts'
import type { SnapshotRecord } from '../../storage/in/snapshot/entry.ts'
import type { Context } from '../context.ts'
import { existingHome } from '../local/home-folder.ts'
import { print } from '../output/print.ts'
import { type Column, renderTable } from '../output/table.ts'
import { rowsOf } from '../results/models/read-data.ts'

interface Row {
  readonly record: SnapshotRecord
  readonly newest: boolean
}

/** `hindcast dataset list`: newest snapshot of each dataset first. Opens no records. */
export async function listDatasets(context: Context): Promise<number> {
  const listings = await listAll(existingHome(context.home).datasetsDir)
  const rows = listings.flatMap((listing) => rowsOfListing(listing))
  for (const { dataset, damaged } of listings) {
    for (const id of damaged)
      context.terminal.note(`${dataset}: snapshot ${id} is damaged; import the same data again\n`)
  }
  if (rows.length === 0 && context.output === 'table') {
    if (!context.quiet)
      context.terminal.note('No datasets here yet. "hindcast dataset import" and "hindcast dataset synth" make one.\n')
    return 0
  }
  await print(context, rows.map(dataOf), () => renderTable(COLUMNS, rows, context.terminal.style))
  return 0
}

function rowsOfListing({ snapshots, newest }: DatasetListing): Row[] {
  return snapshots
    .toReversed()
    .map((record) => ({ record, newest: record.snapshotId === newest }))
    .sort((a, b) => Number(b.newest) - Number(a.newest))
}

const whole = (value: number) => numberText(value, { unit: 'count', digits: 0 })

const COLUMNS: readonly Column<Row>[] = [
  { title: 'dataset', cell: ({ record }) => record.dataset },
  { title: 'snapshot', cell: ({ record }) => record.snapshotId },
  { title: '', cell: ({ newest }) => (newest ? 'newest' : ''), look: () => 'good' },
  { title: 'from', cell: ({ record }) => record.startDate },
  { title: 'to', cell: ({ record }) => record.endDate },
  { title: 'names', right: true, cell: ({ record }) => whole(record.names) },
  { title: 'days', right: true, cell: ({ record }) => whole(record.dates) },
  { title: 'rows', right: true, cell: ({ record }) => whole(rowsOf(record)) },
  { title: 'imported', cell: ({ record }) => record.createdAt.slice(0, 16).replace('T', ' ') },
]

function dataOf({ record, newest }: Row) {
  const { quality, v, ...rest } = record
  return { ...rest, newest, findings: quality.findings.length }
}
