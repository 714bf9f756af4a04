import { numberText } from '../../core/number-text.ts'
import { showSnapshot } from '../../storage/in/catalog.ts'
import type { SnapshotRecord } from '../../storage/in/snapshot/entry.ts'
import type { Context } from '../context.ts'
import { existingHome } from '../local/home-folder.ts'
import { type Block, renderBlocks } from '../output/blocks.ts'
import { print } from '../output/print.ts'

const whole = (value: number) => numberText(value, { unit: 'count', digits: 0 })

/** `hindcast dataset show NAME`: one snapshot and the quality report of its import. Opens no records. */
export async function showDataset(context: Context, name: string): Promise<number> {
  const record = await showSnapshot(existingHome(context.home).datasetsDir, name)
  await print(context, record, () => renderBlocks(blocksOf(record), context.terminal.style))
  return 0
}

/** A snapshot in blocks: what it is, its tables, what the import found. */
function blocksOf(record: SnapshotRecord): Block[] {
  return [
    {
      name: 'snapshot',
      lines: [
        { label: 'id', value: record.snapshotId },
        { label: 'period', value: `${record.startDate} to ${record.endDate}` },
        { label: 'size', value: `${whole(record.names)} names on ${whole(record.dates)} days` },
        { label: 'imported', value: `${record.createdAt.slice(0, 16).replace('T', ' ')} UTC, preset ${record.preset}` },
        { label: 'hash', value: record.fullSha256 },
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
