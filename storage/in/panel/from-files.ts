import { join } from 'node:path'
import { setImmediate as nextTask } from 'node:timers/promises'
import { type Panel, PRESENT } from '../../../engine/panel.ts'
import type { ScannedColumn } from '../../parquet/scan.ts'
import { readSnapshotFile } from '../../parquet/snapshot-file.ts'
import { canonicalNaN, createPriceHash, flagBits } from '../snapshot/content-hash.ts'
import { SNAPSHOT_FILES } from '../snapshot/layout.ts'
import { type FundamentalTable, PRICE_VALUES } from '../tables.ts'
import { type Allocate, denseStatements, panelAxes, scatter } from './dense.ts'

/** A panel read from `prices.parquet`, and the content hash of what was read. */
export interface PanelFromFiles {
  readonly panel: Panel
  readonly contentSha256: string
}

/**
 * Makes a panel from the Parquet file of the prices, one column at a time: beside the panel stand two keys and one
 * column, not the whole table. Throws what polars throws when the file is damaged.
 */
export async function panelFromFiles(
  directory: string,
  fundamentals: FundamentalTable | null,
  allocate: Allocate,
): Promise<PanelFromFiles> {
  const path = join(directory, SNAPSHOT_FILES.prices)
  const permno = numberColumn(path, 'permno').values
  const date = dayColumn(path, 'date')
  const axes = panelAxes({ permno, date, fundamentals }, allocate)
  const hash = createPriceHash(permno, date)
  const { dates, permnos, cellOfRow } = axes
  const present = new Uint8Array(allocate(dates.length * permnos.length))
  for (let row = 0; row < cellOfRow.length; row++) present[cellOfRow[row]!] = PRESENT.row
  const dense: Float64Array[] = []
  for (const name of PRICE_VALUES) {
    // Polars gives the memory of a frame back in a task of its own, never inside one of ours.
    await nextTask()
    const { values, nulls } = numberColumn(path, name)
    canonicalNaN(values)
    const flag = PRESENT[name]
    const flags = nulls.map((isNull) => (isNull === 1 ? 0 : flag))
    hash.values(values, flagBits(flags, flag))
    for (let row = 0; row < flags.length; row++) {
      if (flags[row] !== 0) present[cellOfRow[row]!] = present[cellOfRow[row]!]! | flag
    }
    dense.push(scatter(values, axes, allocate))
  }
  const [ret, prc, vol, shrout] = dense
  const statements = fundamentals === null ? null : denseStatements(fundamentals, permnos, allocate)
  const panel = { dates, permnos, present, ret: ret!, prc: prc!, vol: vol!, shrout: shrout!, fundamentals: statements }
  return { panel, contentSha256: hash.digest() }
}

function numberColumn(path: string, name: string): Extract<ScannedColumn, { kind: 'number' }> {
  const column = readSnapshotFile(path, [name]).get(name)
  if (column?.kind !== 'number') throw new TypeError(`column ${name} holds no numbers`)
  return column
}

function dayColumn(path: string, name: string): Int32Array {
  const column = readSnapshotFile(path, [name]).get(name)
  if (column?.kind !== 'date') throw new TypeError(`column ${name} holds no dates`)
  return column.values
}
