import { numberText } from '../../core/number-text.ts'
import type { SnapshotRecord } from '../../storage/in/snapshot/entry.ts'
import type { Context } from '../context.ts'
import { type Block, renderBlocks } from '../output/blocks.ts'
import { print } from '../output/print.ts'
import { type CatalogueFlags, withCatalogue } from './catalogue.ts'

const whole = (value: number) => numberText(value, { unit: 'count', digits: 0 })

/** `hindcast dataset show NAME`: one snapshot of this home or of a cluster, and the quality report of its import. */
export async function showDataset(context: Context, name: string, flags: CatalogueFlags): Promise<number> {
  const shown = await withCatalogue(context, { ...flags, command: 'dataset show' }, async (catalogue) => {
    const record = await catalogue.show(name)
    const location = (await catalogue.locations()).get(record.snapshotId)
    return location === undefined ? record : { ...record, location }
  })
  await print(context, shown, () => renderBlocks(blocksOf(shown), context.terminal.style))
  return 0
}

/** A snapshot in blocks: what it is, its tables, what the import found. */
function blocksOf(record: SnapshotRecord & { readonly location?: string }): Block[] {
  return [
    {
      name: 'snapshot',
      lines: [
        { label: 'id', value: record.snapshotId },
        { label: 'period', value: `${record.startDate} to ${record.endDate}` },
        { label: 'size', value: `${whole(record.names)} names on ${whole(record.dates)} days` },
        { label: 'imported', value: `${record.createdAt.slice(0, 16).replace('T', ' ')} UTC, preset ${record.preset}` },
        { label: 'hash', value: record.fullSha256 },
        ...(record.location === undefined ? [] : [{ label: 'location', value: record.location }]),
      ],
    },
    {
      name: 'tables',
      lines: record.roles.map(({ role, version, rows, contentSha256 }) => ({
        label: role,
        value: `${whole(rows)} rows`,
        remark: `version ${version}, ${contentSha256.slice(0, 16)}…`,
      })),
    },
    { name: 'quality', lines: qualityLines(record) },
  ]
}

function qualityLines({ quality }: Pick<SnapshotRecord, 'quality'>): Block['lines'] {
  const { rowsRead, rowsKept, findings } = quality
  const first = { label: 'rows', value: `${whole(rowsKept)} kept of ${whole(rowsRead)} read` }
  return [
    first,
    ...findings.map(({ severity, count, text, examples }) => {
      const [example] = examples
      const where =
        example === undefined ? {} : { remark: `first: ${example.file}, row ${example.row}${exampleName(example)}` }
      return { label: severity, value: `${whole(count)} × ${text}`, ...where }
    }),
  ]
}

function exampleName({ security, date }: { security?: string; date?: string }): string {
  const parts = [security, date].filter((part) => part !== undefined)
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
