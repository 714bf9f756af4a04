import { constants } from 'node:fs'
import { copyFile, lstat, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import { ensureDirectory, errorCode, syncDirectory, syncFile, withStorageErrors } from '../blobs/durable-files.ts'
import { readTable } from '../parquet/read-table.ts'
import { ARTIFACTS, type Columns, type TableSchema } from '../parquet/schemas.ts'
import { csvLine, csvOfTable } from './csv.ts'
import { metricsOf } from './documents/parse-summary.ts'
import { jsonText } from './documents/strict-json.ts'
import { SUMMARY_FILE } from './documents/summary.ts'
import type { OpenedResult } from './read-result.ts'

/** CSV names where they differ from the artifact's (platform.md 4.2 *Exports*). */
const CSV_NAMES: Readonly<Record<string, string>> = {
  [ARTIFACTS.dailySignals.file]: 'signals.csv',
  [ARTIFACTS.dailyWeights.file]: 'weights.csv',
  [ARTIFACTS.dailyIc.file]: 'ic_series.csv',
  [ARTIFACTS.dailyPortfolioReturns.file]: 'returns.csv',
  [ARTIFACTS.netPortfolioReturns.file]: 'net_returns.csv',
}

/** The cumulative return of engine.md 6.6 beside every return. */
const RETURNS: TableSchema = {
  ...ARTIFACTS.dailyPortfolioReturns,
  columns: [...ARTIFACTS.dailyPortfolioReturns.columns, { name: 'cumulative_return', type: 'float64' }],
}

/**
 * Copies a result to `target` for people and other tools: every artifact as it is, every table as CSV too, and
 * `result.json` (summary and provenance), `metrics.json`, `metrics_summary.csv`. Securities are permnos throughout.
 * `target` appears whole or not at all. Gives the names written. Throws `usage` when `target` exists and is not an
 * empty folder, `storage_full`, `storage_error` or `artifact_corrupt`.
 */
export async function exportResult(opened: OpenedResult, target: string): Promise<string[]> {
  const final = resolve(target)
  await refuseTaken(final)
  await ensureDirectory(dirname(final))
  const scratch = await withStorageErrors(final, () => mkdtemp(join(dirname(final), `.${basename(final)}.export-`)))
  try {
    // A folder inside the private one: it has the mode that the user's umask gives to any folder.
    const folder = join(scratch, 'export')
    await withStorageErrors(final, async () => {
      await mkdir(folder)
      await fill(folder, opened)
    })
    const names = (await readdir(folder)).sort()
    for (const name of names) await syncFile(join(folder, name))
    await refuseTaken(final)
    await withStorageErrors(final, async () => {
      await syncDirectory(folder)
      await rename(folder, final)
      await syncDirectory(dirname(final))
    })
    return names
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function refuseTaken(final: string): Promise<void> {
  const found = await lstat(final).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  })
  if (found === null || (found.isDirectory() && (await readdir(final)).length === 0)) return
  throw new HindcastError('usage', `${final} exists and is not an empty folder; name another, export replaces nothing`)
}

async function fill(directory: string, opened: OpenedResult): Promise<void> {
  for (const { name } of opened.manifest.files) {
    // The export says where it comes from in result.json; summary.json would say the half of it again.
    if (name !== SUMMARY_FILE)
      await copyFile(join(opened.directory, name), join(directory, name), constants.COPYFILE_EXCL)
    const schema = Object.values(ARTIFACTS).find(({ file }) => file === name)
    if (schema !== undefined) await writeCsv(directory, schema, await readTable(schema, join(opened.directory, name)))
  }
  const metrics = metricsOf(opened.summary)
  await writeText(directory, 'metrics.json', [jsonText(metrics)])
  await writeText(directory, 'metrics_summary.csv', [csvLine(Object.keys(metrics)), csvLine(Object.values(metrics))])
  await writeText(directory, 'result.json', [jsonText({ ...opened.summary, ...provenance(opened) })])
}

function provenance({ manifest }: OpenedResult): Record<string, unknown> {
  return {
    kind: manifest.kind,
    namespace: manifest.namespace,
    name: manifest.name,
    config: manifest.computation,
    content_sha256: manifest.contentSha256,
  }
}

async function writeCsv(directory: string, schema: TableSchema, columns: Columns): Promise<void> {
  const name = CSV_NAMES[schema.file] ?? schema.file.replace(/\.parquet$/, '.csv')
  if (schema !== ARTIFACTS.dailyPortfolioReturns) return writeText(directory, name, csvOfTable(schema, columns))
  const cumulative = cumulativeReturns(columns.return as Float64Array)
  await writeText(directory, name, csvOfTable(RETURNS, { ...columns, cumulative_return: cumulative }))
}

/** Π(1 + r) − 1 up to each date; a return that is not finite is left out of the product, as in every summary. */
function cumulativeReturns(returns: Float64Array): Float64Array {
  let wealth = 1
  return returns.map((value) => {
    if (Number.isFinite(value)) wealth *= 1 + value
    return wealth - 1
  })
}

async function writeText(directory: string, name: string, pieces: Iterable<string>): Promise<void> {
  const file = await open(join(directory, name), constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL)
  try {
    for (const piece of pieces) await file.appendFile(piece)
  } finally {
    await file.close()
  }
}
