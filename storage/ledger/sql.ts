import type { PoolFigures } from './operator/port.ts'

/** What may be bound to a parameter. Lists go as text by `arrayLiteral`, objects as text by `jsonb` of json.ts. */
export type SqlValue = string | number | boolean | null

/** A row as the driver gives it: text, numbers, booleans, parsed JSON; dates and times as text. */
export type RawRow = Readonly<Record<string, unknown>>

/** One connection's view: parameterised statements only, `script` for the migrations' files. */
export interface Sql {
  /** `name`: of a statement asked so often that a server should plan it once for each connection. */
  query(text: string, params?: readonly SqlValue[], name?: string): Promise<readonly RawRow[]>
  /** Several statements without parameters. */
  script(text: string): Promise<void>
}

/** PGlite or a pool of PostgreSQL connections. */
export interface Database extends Sql {
  transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** Null where there is one connection and no pool. */
  pool(): PoolFigures | null
  close(): Promise<void>
}

/** Type oids whose parsers both drivers must share: int8, date, timestamp, timestamptz, numeric. */
export const OID = { int8: 20, date: 1082, timestamp: 1114, timestamptz: 1184, numeric: 1700 } as const

/** Parsers by oid, the same for both drivers, so that a row looks the same whatever engine gave it. */
export const PARSERS: Readonly<Record<number, (text: string) => string | number>> = {
  [OID.int8]: Number,
  [OID.numeric]: Number,
  [OID.date]: (text) => text,
  [OID.timestamp]: (text) => text,
  [OID.timestamptz]: instant,
}

const TIMESTAMPTZ = /^(\d{4,}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00(?::00)?$/

/**
 * PostgreSQL's ISO text of a UTC time, also as it stands in JSON, as RFC 3339 with all six digits of the second (it
 * leaves out zeros at the end): a cursor must be exact, and the order of texts that of times.
 */
export function instant(text: string): string {
  const parts = TIMESTAMPTZ.exec(text)
  if (parts === null) throw new RangeError(`the session must use UTC and ISO dates, found the time "${text}"`)
  return `${parts[1]}T${parts[2]}.${(parts[3] ?? '').padEnd(6, '0')}Z`
}

/** A list as PostgreSQL's array text; bind it to `$n::text[]`. */
export function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`
}
