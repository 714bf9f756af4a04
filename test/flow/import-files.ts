import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatIsoDate } from '../../core/dates.ts'
import { PRESENT } from '../../engine/panel.ts'
import { type ImportOptions, type ImportReport, importDataset } from '../../storage/in/import/import-dataset.ts'
import type { SnapshotTables } from '../../storage/in/tables.ts'
import { readVerified } from '../../storage/in/verify-snapshot.ts'

/** A directory of one test file, with room for data files and a store; `remove` takes all of it away. */
export interface Bench {
  readonly root: string
  readonly datasetsDir: string
  /** Writes a data file and gives its path. */
  file(name: string, content: string | Uint8Array): string
  /** Imports as dataset `d` with the clock at 0. */
  run(options: Partial<ImportOptions> & Pick<ImportOptions, 'prices'>): Promise<ImportReport>
  /** What the store holds: paths of all files, sorted. */
  stored(): string[]
  remove(): void
}

export function createBench(): Bench {
  const root = mkdtempSync(join(tmpdir(), 'hindcast-import-test-'))
  const datasetsDir = join(root, 'datasets')
  let count = 0
  return {
    root,
    datasetsDir,
    file(name, content) {
      const directory = join(root, `in-${count++}`)
      mkdirSync(directory)
      writeFileSync(join(directory, name), content)
      return join(directory, name)
    },
    run: (options) => importDataset({ datasetsDir, dataset: 'd', now: () => 0, ...options }),
    stored: () => filesUnder(datasetsDir),
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

function filesUnder(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
  } catch {
    return []
  }
}

/** The tables of an import, read back from its Parquet files and compared with their hashes. */
export function tablesOf({ directory, record }: ImportReport): SnapshotTables {
  return readVerified(directory, record)
}

/** Price rows as a person writes them: `permno date ret prc vol shrout`, `-` for a null. */
export function priceLines({ prices }: SnapshotTables): string[] {
  return Array.from({ length: prices.rows }, (_, row) => {
    const cells = (['ret', 'prc', 'vol', 'shrout'] as const).map((name) =>
      (prices.present[row]! & PRESENT[name]) === 0 ? '-' : String(Number(prices[name][row]!.toPrecision(9))),
    )
    return [prices.permno[row], formatIsoDate(prices.date[row]!), ...cells].join(' ')
  })
}

/** Reason -> count of an import's findings. */
export function findings({ quality }: ImportReport): Record<string, number> {
  return Object.fromEntries(quality.findings.map(({ reason, count }) => [reason, count]))
}
