/**
 * What a column holds in the file: `date` = date32 (days since 1970-01-01), `int64`, `int32`, `float64` = double.
 * In memory a `date` or `int32` is an Int32Array, an `int64` a Float64Array of whole numbers up to 2^53 - 1 (or an
 * Int32Array), a `float64` a Float64Array. No column of an artifact ever holds a null; a NaN stays a NaN.
 */
export type ColumnType = 'date' | 'int32' | 'int64' | 'float64'

export interface ColumnSpec {
  readonly name: string
  readonly type: ColumnType
}

export interface TableSchema {
  /** File name inside an attempt's directory. */
  readonly file: string
  readonly columns: readonly ColumnSpec[]
  /** Columns whose values rise strictly from row to row, the leftmost slowest: they fix the row order. */
  readonly key: readonly string[]
}

/** Plain columns of equal length by name. */
export type Columns = Readonly<Record<string, Int32Array | Float64Array>>

const DATE = { name: 'date', type: 'date' } as const
const PERMNO = { name: 'permno', type: 'int64' } as const

/** THE schema of every Parquet artifact; writer, reader, export and tests read this table (platform.md 3.3, R60). */
export const ARTIFACTS = {
  dailySignals: table('daily_signals', [DATE, PERMNO, float64('signal')], ['date', 'permno']),
  dailyWeights: table('daily_weights', [DATE, PERMNO, float64('weight')], ['date', 'permno']),
  dailyIc: table('daily_ic', [DATE, float64('ic'), float64('rank_ic')], ['date']),
  dailyPortfolioReturns: table('daily_portfolio_returns', [DATE, float64('return')], ['date']),
  decayCurve: table('decay_curve', [int64('horizon'), float64('ic'), float64('rank_ic')], ['horizon']),
  netPortfolioReturns: table(
    'net_portfolio_returns',
    [DATE, float64('gross_return'), float64('cost_drag'), float64('net_return')],
    ['date'],
  ),
  // Additions of docs/decisions/0061-artifact-additions.md.
  quantileReturns: table('quantile_returns', [DATE, int64('bucket'), float64('return')], ['date', 'bucket']),
  quantileIc: table('quantile_ic', [DATE, float64('rank_ic')], ['date']),
  blendWeights: table('blend_weights', [DATE, int64('part'), float64('weight')], ['date', 'part']),
  // Of a MonteCarlo.
  monteCarloDistributions: table(
    'monte_carlo_distributions',
    [
      { name: 'sim', type: 'int32' },
      float64('sharpe'),
      float64('max_drawdown'),
      float64('mean_ic'),
      float64('hit_rate'),
    ],
    ['sim'],
  ),
} as const satisfies Record<string, TableSchema>

export type ArtifactName = keyof typeof ARTIFACTS

function table(name: string, columns: readonly ColumnSpec[], key: readonly string[]): TableSchema {
  return { file: `${name}.parquet`, columns, key }
}

function int64(name: string): ColumnSpec {
  return { name, type: 'int64' }
}

function float64(name: string): ColumnSpec {
  return { name, type: 'float64' }
}
