import { join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import type { BacktestResult, CostResult, QuantileResult, Series } from '../../engine/result.ts'
import { parseResultPath } from '../blobs/result-path.ts'
import type { BlobStore } from '../blobs/store.ts'
import { readTable, type TableFilter } from '../parquet/read-table.ts'
import { ARTIFACTS, type ArtifactName, type Columns } from '../parquet/schemas.ts'
import { bookOfWeights } from './book.ts'
import type { Manifest } from './documents/manifest.ts'
import { parseSummary, type StoredScalars, scalarsOf } from './documents/parse-summary.ts'
import { SUMMARY_FILE, type Summary } from './documents/summary.ts'
import { openManifest, readArtifact, verifyFiles } from './verify-files.ts'

/** Which result; the hash of its manifest as the record holds it, null where there is no record. */
export interface ResultRef {
  /** `{namespace}/{job_id}/{attempt}`; null or "": the record names none. */
  readonly resultPath: string | null
  readonly manifestSha256: string | null
}

/** A result on disk whose manifest has been checked. */
export interface OpenedResult {
  /** Absolute path of the folder with its files. */
  readonly directory: string
  readonly manifest: Manifest
  readonly summary: Summary
}

/** A Backtest's result without the two large tables, as the engine gave it; book and turnover from the weights. */
export type StoredBacktest = Omit<BacktestResult, 'dates' | 'permnos' | 'signals' | 'weights'>

/** Where a job's readable result is. Throws `job_not_found` without a row; the path itself is checked at opening. */
export function resultOfJob(jobId: string, row: ResultRef | null): ResultRef {
  if (row === null) throw new HindcastError('job_not_found', `job ${jobId} is not in the record`)
  return { resultPath: row.resultPath, manifestSha256: row.manifestSha256 }
}

/**
 * Opens a result. `verify` hashes every file against the manifest: true on first open. Throws `artifacts_missing`
 * (no path, folder gone, outside the root) or `artifact_corrupt` (naming the file and what is wrong with it).
 */
export async function openResult(
  store: Pick<BlobStore, 'open'>,
  { resultPath, manifestSha256 }: ResultRef,
  { verify }: { verify: boolean },
): Promise<OpenedResult> {
  const directory = await store.open(resultPath)
  const manifest = await openManifest(directory, parseResultPath(resultPath), manifestSha256)
  if (verify) await verifyFiles(directory, manifest)
  return { directory, manifest, summary: parseSummary(await readArtifact(directory, SUMMARY_FILE)) }
}

/** Every series and scalar of an opened result; errors as `openResult`. The weights are read for book and turnover. */
export async function readBacktest(opened: OpenedResult): Promise<StoredBacktest> {
  const scalars = scalarsOf(opened.summary)
  const [dailyIc, decay, portfolioReturns, weights] = await Promise.all([
    required(opened, 'dailyIc'),
    required(opened, 'decayCurve'),
    readPortfolioReturns(opened, 'gross'),
    required(opened, 'dailyWeights'),
  ])
  return {
    ...scalars,
    dailyIc: { dates: dates(dailyIc), ic: values(dailyIc, 'ic'), rankIc: values(dailyIc, 'rank_ic') },
    decay: {
      horizons: Int32Array.from(values(decay, 'horizon')),
      ic: values(decay, 'ic'),
      rankIc: values(decay, 'rank_ic'),
    },
    // Sets of the reference have no such file: no returns, not a fault (R125).
    portfolioReturns: portfolioReturns ?? { dates: new Int32Array(0), values: new Float64Array(0) },
    ...bookOfWeights(weights),
    costs: await readCosts(opened, scalars.costs),
    quantiles: await readQuantiles(opened, scalars.quantiles),
    blend: await readBlend(opened, scalars.blend),
  }
}

/** Portfolio returns by date, after costs or before; null when the result has none of that basis. */
export async function readPortfolioReturns(opened: OpenedResult, basis: 'gross' | 'net'): Promise<Series | null> {
  const artifact = basis === 'net' ? 'netPortfolioReturns' : 'dailyPortfolioReturns'
  const found = await optional(opened, artifact)
  return found && { dates: dates(found), values: values(found, basis === 'net' ? 'net_return' : 'return') }
}

/** Rank ICs by date, NaN where a date has none. */
export async function readDailyIc(opened: OpenedResult): Promise<Series> {
  const found = await required(opened, 'dailyIc')
  return { dates: dates(found), values: values(found, 'rank_ic') }
}

/** Both ICs by date, NaN where a date has none. */
export async function readIcTable(opened: OpenedResult): Promise<BacktestResult['dailyIc']> {
  const found = await required(opened, 'dailyIc')
  return { dates: dates(found), ic: values(found, 'ic'), rankIc: values(found, 'rank_ic') }
}

/** Returns after costs beside those before; null when the result has no costs. */
export async function readNetTable(opened: OpenedResult): Promise<CostResult['net'] | null> {
  const found = await optional(opened, 'netPortfolioReturns')
  if (found === null) return null
  const [gross, drag, net] = ['gross_return', 'cost_drag', 'net_return'].map((name) => values(found, name))
  return { dates: dates(found), gross: gross!, drag: drag!, net: net! }
}

/** One value of each metric for each path of a MonteCarlo. */
export function readDistributions(opened: OpenedResult): Promise<Columns> {
  return required(opened, 'monteCarloDistributions')
}

/** Rows of `daily_signals`, by date, then permno; NaN where a row has no signal. */
export function readSignals(opened: OpenedResult, filter: TableFilter): Promise<Columns> {
  return required(opened, 'dailySignals', filter)
}

/** Rows of `daily_weights`, by date, then permno. */
export function readWeights(opened: OpenedResult, filter: TableFilter): Promise<Columns> {
  return required(opened, 'dailyWeights', filter)
}

async function readCosts(opened: OpenedResult, scalars: StoredScalars['costs']): Promise<BacktestResult['costs']> {
  if (scalars === null) return null
  const net = await required(opened, 'netPortfolioReturns')
  return {
    ...scalars,
    net: {
      dates: dates(net),
      gross: values(net, 'gross_return'),
      drag: values(net, 'cost_drag'),
      net: values(net, 'net_return'),
    },
  }
}

async function readQuantiles(
  opened: OpenedResult,
  scalars: StoredScalars['quantiles'],
): Promise<QuantileResult | null> {
  if (scalars === null) return null
  const [returns, ic] = await Promise.all([required(opened, 'quantileReturns'), required(opened, 'quantileIc')])
  return { ...scalars, dates: dates(ic), daily: values(returns, 'return'), dailyIc: values(ic, 'rank_ic') }
}

async function readBlend(opened: OpenedResult, scalars: StoredScalars['blend']): Promise<BacktestResult['blend']> {
  if (scalars === null) return null
  const weights = await required(opened, 'blendWeights')
  const perDate = scalars.names.length
  const days = dates(weights).filter((_, row) => row % perDate === 0)
  return { ...scalars, dates: days, weights: values(weights, 'weight') }
}

/** The table of a file that the manifest lists; null when it does not list it. */
async function optional(opened: OpenedResult, artifact: ArtifactName, filter?: TableFilter): Promise<Columns | null> {
  const schema = ARTIFACTS[artifact]
  if (!opened.manifest.files.some(({ name }) => name === schema.file)) return null
  return readTable(schema, join(opened.directory, schema.file), filter)
}

async function required(opened: OpenedResult, artifact: ArtifactName, filter?: TableFilter): Promise<Columns> {
  const found = await optional(opened, artifact, filter)
  if (found !== null) return found
  throw new HindcastError('artifact_corrupt', `${ARTIFACTS[artifact].file} is not among the files of the result`)
}

function dates(columns: Columns): Int32Array {
  return columns.date as Int32Array
}

function values(columns: Columns, name: string): Float64Array {
  return columns[name] as Float64Array
}
