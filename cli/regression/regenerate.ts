import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import type { GoldenMetrics } from '../../core/verdict.ts'
import { ENGINE_REVISION } from '../../engine/revision.ts'
import { replaceFile } from '../../storage/blobs/durable-files.ts'
import type { Context } from '../context.ts'
import { print } from '../output/print.ts'
import { renderTable } from '../output/table.ts'
import { type ComputedCase, computeCases } from './compute-cases.ts'
import {
  checksumOf,
  GOLDEN_METRICS,
  type GoldenManifest,
  MANIFEST_NAME,
  namesIn,
  readCases,
  readGoldenSet,
  sizeOf,
} from './golden-set.ts'

interface RegenerateFlags {
  readonly dryRun?: boolean
  readonly confirm?: boolean
  readonly reason?: string
  readonly approvedBy?: string
}

interface Change {
  readonly name: string
  readonly metric: string
  readonly before: number | null | undefined
  readonly after: number | null
}

const BYTES_PER_MB = 1_000_000

/**
 * `hindcast regression regenerate [DIR]`: computes every case and writes what came of it as the new golden. Shows the
 * old and new figure of every metric that moved; overwrites only with --confirm and a --reason.
 */
export async function regenerateGoldens(context: Context, folder: string, flags: RegenerateFlags): Promise<number> {
  const dir = resolve(folder)
  const overwrites = existsSync(join(dir, MANIFEST_NAME))
  if (overwrites && flags.dryRun !== true && (flags.confirm !== true || (flags.reason ?? '') === '')) {
    throw new HindcastError(
      'usage',
      `${dir} holds goldens; overwrite them with --confirm and --reason TEXT, or look with --dry-run`,
    )
  }
  const previous = overwrites ? readGoldenSet(dir).manifest : null
  const computed = await computeCases(context, readCases(dir))
  const changes = computed.flatMap(changesOf)
  if (flags.dryRun !== true) await write(context, dir, { computed, previous, flags })
  const written = flags.dryRun !== true
  await print(context, { written, cases: computed.map(({ golden }) => golden.name), changes }, () =>
    textOf(context, changes, written),
  )
  return 0
}

function changesOf({ golden, metrics }: ComputedCase): Change[] {
  return GOLDEN_METRICS.flatMap((metric) => {
    const [before, after] = [golden.expected[metric], metrics[metric] ?? null]
    return before === after ? [] : [{ name: golden.name, metric, before, after }]
  })
}

interface Writing {
  readonly computed: readonly ComputedCase[]
  readonly previous: GoldenManifest | null
  readonly flags: RegenerateFlags
}

/** The golden files first, the manifest with their checksums last: whoever reads in between is told of tampering. */
async function write(context: Context, dir: string, { computed, previous, flags }: Writing): Promise<void> {
  for (const { golden, metrics } of computed) await put(dir, `${golden.name}.json`, metrics)
  const now = new Date(context.now()).toISOString()
  const [first] = computed
  const files = namesIn(dir).map((name) => ({ name, checksum: checksumOf(dir, name) }))
  await put(dir, MANIFEST_NAME, {
    version: nextVersion(previous?.version),
    created_at: previous?.created_at ?? now,
    dataset_snapshot_id: first!.golden.config.snapshot_id,
    regeneration_triggers: previous?.regeneration_triggers ?? [
      'alpha_logic_change',
      'dataset_schema_change',
      'quarterly_refresh',
    ],
    last_regenerated: now,
    regenerated_by: context.user,
    approved_by: flags.approvedBy ?? null,
    reason: flags.reason ?? 'first goldens',
    previous_version: previous?.version ?? null,
    engine_version: context.version,
    engine_revision: ENGINE_REVISION,
    data_signatures: Object.fromEntries(computed.map(({ golden, snapshotSha256 }) => [golden.name, snapshotSha256])),
    storage_size_mb: Math.round((sizeOf(dir) / BYTES_PER_MB) * 100) / 100,
    golden_files: files,
  })
}

/** The next minor version; the first is 1.0.0. */
function nextVersion(version: string | undefined): string {
  const parts = /^(\d{1,6})\.(\d{1,6})\.\d{1,6}$/.exec(version ?? '')
  return parts === null ? '1.0.0' : `${parts[1]}.${Number(parts[2]) + 1}.0`
}

async function put(dir: string, name: string, data: GoldenMetrics | Record<string, unknown>): Promise<void> {
  const path = join(dir, name)
  await replaceFile(path, `${JSON.stringify(data, null, 2)}\n`, `${path}.${process.pid}.part`)
}

function textOf(context: Context, changes: readonly Change[], written: boolean): string {
  const figure = (value: number | null | undefined) =>
    value === undefined ? 'none' : value === null ? 'null' : String(value)
  const table = renderTable<Change>(
    [
      { title: 'case', cell: ({ name }) => name },
      { title: 'metric', cell: ({ metric }) => metric },
      { title: 'before', right: true, cell: ({ before }) => figure(before) },
      { title: 'after', right: true, cell: ({ after }) => figure(after) },
    ],
    changes,
    context.terminal.style,
  )
  const said = written ? 'written; have them reviewed before they are merged' : 'dry run: nothing was written'
  return `${changes.length === 0 ? 'no figure moved\n' : table}${said}\n`
}
