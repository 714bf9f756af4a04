/** The normalised tables of a snapshot: what is hashed, stored and turned into a panel. Columns of equal length. */
export interface SnapshotTables {
  readonly prices: PriceTable
  readonly fundamentals: FundamentalTable | null
  readonly securities: SecurityTable
}

/** engine.md 1.1, sorted by permno, then date, one row per pair. A value without its PRESENT flag is null: NaN here. */
export interface PriceTable {
  readonly rows: number
  readonly permno: Float64Array
  readonly date: Int32Array
  readonly ret: Float64Array
  readonly prc: Float64Array
  readonly vol: Float64Array
  readonly shrout: Float64Array
  /** Sum of PRESENT flags (engine/panel.ts), `row` always set. */
  readonly present: Uint8Array
}

/** engine.md 1.2, sorted by permno, datadate, availableFrom. */
export interface FundamentalTable {
  readonly rows: number
  readonly permno: Float64Array
  readonly datadate: Int32Array
  /** NO_DATE where the filing lag decides. */
  readonly availableFrom: Int32Array
  /** Sum of FUNDAMENTAL flags (engine/panel.ts). */
  readonly present: Uint8Array
  readonly ceq: Float64Array
  readonly ni: Float64Array
  readonly at: Float64Array
  readonly revt: Float64Array
  readonly cogs: Float64Array
}

/** One row per permno of the prices, ascending: for people to read, never for the engine. */
export interface SecurityTable {
  readonly permno: Float64Array
  readonly ticker: readonly (string | null)[]
  readonly name: readonly (string | null)[]
  /** First and last price row, day numbers. */
  readonly first: Int32Array
  readonly last: Int32Array
}

export const PRICE_VALUES = ['ret', 'prc', 'vol', 'shrout'] as const
export const PRICE_COLUMNS = ['permno', 'date', ...PRICE_VALUES] as const
export const FUNDAMENTAL_VALUES = ['ceq', 'ni', 'at', 'revt', 'cogs'] as const
export const FUNDAMENTAL_COLUMNS = ['permno', 'datadate', 'available_from', ...FUNDAMENTAL_VALUES] as const
export const SECURITY_COLUMNS = ['permno', 'ticker', 'name', 'first', 'last'] as const
