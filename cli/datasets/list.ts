import { numberText } from '../../core/number-text.ts'
import type { DatasetListing } from '../../storage/in/catalog.ts'
import type { SnapshotRecord } from '../../storage/in/snapshot/entry.ts'
import type { Context } from '../context.ts'
import { print } from '../output/print.ts'
import { type Column, renderTable } from '../output/table.ts'
import { rowsOf } from '../results/models/read-data.ts'
import { type CatalogueFlags, withCatalogue } from './catalogue.ts'

interface Row {
  readonly record: SnapshotRecord
  readonly newest: boolean
  /** Of a cluster: where its store has the files. */
  readonly location?: string | undefined
}

/** `hindcast dataset list`: newest snapshot of each dataset first, of this home or of a cluster. */
export async function listDatasets(context: Context, flags: CatalogueFlags): Promise<number> {
  const [listings, locations] = await withCatalogue(context, { ...flags, command: 'dataset list' }, (catalogue) =>
    Promise.all([catalogue.list(), catalogue.locations()]),
  )
  const rows = listings
    .flatMap((listing) => rowsOfListing(listing))
    .map((row) => ({ ...row, location: locations.get(row.record.snapshotId) }))
  for (const { dataset, damaged } of listings) {
    for (const id of damaged)
      context.terminal.note(`${dataset}: snapshot ${id} is damaged; import the same data again\n`)
  }
  if (rows.length === 0 && context.output === 'table') {
    if (!context.quiet) context.terminal.note(flags.database === true ? NONE_THERE : NONE_HERE)
    return 0
  }
  const columns = flags.database === true ? [...COLUMNS, LOCATION] : COLUMNS
  await print(context, rows.map(dataOf), () => renderTable(columns, rows, context.terminal.style))
  return 0
}

const NONE_HERE = 'No datasets here yet. "hindcast dataset import" and "hindcast dataset synth" make one.\n'
const NONE_THERE = 'No datasets in the catalogue yet. "hindcast dataset push" brings one.\n'

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

const LOCATION: Column<Row> = { title: 'location', cell: ({ location }) => location ?? '' }

function dataOf({ record, newest, location }: Row) {
  const { quality, v, ...rest } = record
  return { ...rest, newest, findings: quality.findings.length, ...(location === undefined ? {} : { location }) }
}
