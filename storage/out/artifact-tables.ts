import type { BacktestResult, BlendResult, QuantileResult, Series } from '../../engine/result.ts'
import type { TableSource } from '../parquet/row-groups.ts'
import type { ArtifactName } from '../parquet/schemas.ts'

/** One file to write. Plain data: a worker thread can be sent it. */
export interface ArtifactTable {
  readonly artifact: ArtifactName
  readonly source: TableSource
}

/** The tables of a Backtest's artifacts, the largest first. Nothing is copied but what has to be taken apart. */
export function artifactTables(result: BacktestResult): ArtifactTable[] {
  const { dates, permnos, dailyIc, decay, costs } = result
  const tables: ArtifactTable[] = [
    { artifact: 'dailySignals', source: { dates, permnos, table: result.signals } },
    { artifact: 'dailyWeights', source: { dates, permnos, table: result.weights } },
    columns('dailyIc', { date: dailyIc.dates, ic: dailyIc.ic, rank_ic: dailyIc.rankIc }),
    columns('dailyPortfolioReturns', named(result.portfolioReturns, 'return')),
    columns('decayCurve', { horizon: decay.horizons, ic: decay.ic, rank_ic: decay.rankIc }),
  ]
  if (costs !== null) {
    const { net } = costs
    tables.push(
      columns('netPortfolioReturns', {
        date: net.dates,
        gross_return: net.gross,
        cost_drag: net.drag,
        net_return: net.net,
      }),
    )
  }
  if (result.quantiles !== null) tables.push(...quantileTables(result.quantiles))
  if (result.blend !== null) tables.push(blendTable(result.blend))
  return tables
}

function quantileTables({ dates, daily, dailyIc, returns }: QuantileResult): ArtifactTable[] {
  return [
    columns('quantileReturns', crossed(dates, returns.length, { across: 'bucket', first: 1, name: 'return' }, daily)),
    columns('quantileIc', named({ dates, values: dailyIc }, 'rank_ic')),
  ]
}

function blendTable({ names, dates, weights }: BlendResult): ArtifactTable {
  return columns('blendWeights', crossed(dates, names.length, { across: 'part', first: 0, name: 'weight' }, weights))
}

/** Rows of a dates × width matrix; `first` is the number of its first column. */
function crossed(
  dates: Int32Array,
  width: number,
  { across, first, name }: { across: string; first: number; name: string },
  values: Float64Array,
): Record<string, Int32Array | Float64Array> {
  const rows = dates.length * width
  const date = new Int32Array(rows)
  const column = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    date[row] = dates[Math.floor(row / width)] as number
    column[row] = first + (row % width)
  }
  return { date, [across]: column, [name]: values }
}

function named({ dates, values }: Series, name: string): Record<string, Int32Array | Float64Array> {
  return { date: dates, [name]: values }
}

function columns(artifact: ArtifactName, found: Record<string, Int32Array | Float64Array>): ArtifactTable {
  return { artifact, source: { columns: found } }
}
