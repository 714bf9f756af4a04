import { sha256Hex } from '../../core/identity.ts'
import { HELD, signature } from './claims.ts'
import type { Claim, Fenced, StoredUnit, UnitBytes, UnitCount, UnitSet } from './ledger.ts'
import { arrayLiteral, type RawRow, type Sql } from './sql.ts'

/** 16 MiB, the bound of migration 0007: a window of 10,000 tries and a year of days takes a tenth. */
export const UNIT_BYTES_MAX = 16_777_216
/** More units than any plan has (100,000 simulations are 100), fewer than would fill a memory with their numbers. */
const UNITS_MAX = 1_000_000
/** Of one statement's answer: a page of units, so that a database is never asked for all of them at once. */
const READ_BYTES = 33_554_432

/** The claim holds, and keeps holding until the statement is done. */
const HOLDING = `held AS (SELECT j.job_id FROM backtest_jobs AS j WHERE ${HELD} FOR SHARE)`

const OPEN = `
WITH ${HOLDING}, noted AS (
  UPDATE backtest_attempts AS a SET units_total = $6::integer
  FROM held WHERE a.job_id = held.job_id AND a.attempt = $2::integer
  RETURNING a.job_id
), forgotten AS (
  DELETE FROM backtest_units AS u USING held
  WHERE u.job_id = held.job_id AND (u.engine_revision <> $5::integer OR u.unit >= $6::integer)
)
SELECT u.unit FROM noted
LEFT JOIN backtest_units AS u
  ON u.job_id = noted.job_id AND u.engine_revision = $5::integer AND u.unit < $6::integer
ORDER BY u.unit`

/** A payload that is damaged keeps its hash, so that the bytes themselves decide whether a row stays. */
const STORE = `
WITH ${HOLDING}, stored AS (
  INSERT INTO backtest_units AS u (job_id, unit, attempt, index, engine_revision, payload, sha256, finished_at)
  SELECT held.job_id, n.unit, $2::integer, $3::integer, $5::integer, decode(n.payload, 'base64'), n.sha256,
         clock_timestamp()
  FROM held, unnest($7::integer[], $8::text[], $9::text[]) AS n (unit, payload, sha256)
  ON CONFLICT (job_id, unit) DO UPDATE
  SET attempt = excluded.attempt, index = excluded.index, engine_revision = excluded.engine_revision,
      payload = excluded.payload, sha256 = excluded.sha256, finished_at = excluded.finished_at
  WHERE (u.engine_revision, u.sha256, u.payload)
    IS DISTINCT FROM (excluded.engine_revision, excluded.sha256, excluded.payload)
)
SELECT cardinality($7::integer[]) + (
  SELECT count(*) FROM backtest_units AS u
  WHERE u.job_id = held.job_id AND u.engine_revision = $5::integer AND u.unit < $6::integer
    AND u.unit <> ALL ($7::integer[])
) AS done
FROM held`

/** A pod that lost its claim merges nothing more: its place is free. */
const TAKE = `
WITH ${HOLDING}, taken AS (
  UPDATE backtest_attempts AS a SET merged_by = $4::text
  FROM held
  WHERE a.job_id = held.job_id AND a.attempt = $2::integer
    AND (a.merged_by IS NULL OR a.merged_by = $4::text OR a.merged_by NOT IN (
      SELECT DISTINCT ON (c.index) c.pod_uid FROM backtest_claims AS c
      WHERE c.job_id = a.job_id AND c.attempt = a.attempt ORDER BY c.index, c.seq DESC))
    AND $6::integer = (
      SELECT count(*) FROM backtest_units AS u
      WHERE u.job_id = a.job_id AND u.engine_revision = $5::integer AND u.unit < $6::integer)
  RETURNING 1
)
SELECT (SELECT count(*) FROM taken) AS taken FROM held`

const READ = `
SELECT unit, sha256, CASE WHEN octet_length(payload) <= ${UNIT_BYTES_MAX} THEN payload END AS payload
FROM backtest_units
WHERE job_id = $1::text AND engine_revision = $2::integer AND unit < $3::integer AND unit = ANY ($4::integer[])
ORDER BY unit`

const SIZES = `
SELECT unit, coalesce(octet_length(payload), 0) AS bytes FROM backtest_units
WHERE job_id = $1::text AND engine_revision = $2::integer AND unit < $3::integer AND unit = ANY ($4::integer[])
ORDER BY unit`

/** A job that waits for its next attempt shows the total of the one before. */
const COUNT = `
SELECT j.job_id, j.status, total.units_total, (
  SELECT count(*) FROM backtest_units AS u WHERE u.job_id = j.job_id AND u.unit < total.units_total) AS done
FROM backtest_jobs AS j
CROSS JOIN LATERAL (
  SELECT a.units_total FROM backtest_attempts AS a
  WHERE a.job_id = j.job_id AND a.units_total IS NOT NULL ORDER BY a.attempt DESC LIMIT 1
) AS total
WHERE j.job_id = ANY ($1::text[])`

export async function openUnits(sql: Sql, claim: Claim, set: UnitSet): Promise<readonly number[] | Fenced> {
  checkSet(set)
  const rows = await sql.query(OPEN, [...signature(claim), set.engineRevision, set.total])
  if (rows.length === 0) return 'fenced'
  return rows.flatMap(({ unit }) => (unit === null ? [] : [Number(unit)]))
}

export async function storeUnits(
  sql: Sql,
  { claim, set, units }: { claim: Claim; set: UnitSet; units: readonly UnitBytes[] },
): Promise<number | Fenced> {
  checkSet(set)
  for (const { unit, bytes } of units) checkUnit(set, unit, bytes)
  const rows = await sql.query(STORE, [
    ...signature(claim),
    set.engineRevision,
    set.total,
    arrayLiteral(units.map(({ unit }) => String(unit))),
    arrayLiteral(units.map(({ bytes }) => Buffer.from(bytes).toString('base64'))),
    arrayLiteral(units.map((unit) => unitSha256(claim.jobId, set, unit))),
  ])
  return rows[0] === undefined ? 'fenced' : Number(rows[0].done)
}

export async function takeMerge(sql: Sql, claim: Claim, set: UnitSet): Promise<'taken' | 'left' | Fenced> {
  checkSet(set)
  const rows = await sql.query(TAKE, [...signature(claim), set.engineRevision, set.total])
  if (rows[0] === undefined) return 'fenced'
  return Number(rows[0].taken) === 1 ? 'taken' : 'left'
}

export async function readUnits(
  sql: Sql,
  { jobId, set, units }: { jobId: string; set: UnitSet; units: readonly number[] },
): Promise<readonly StoredUnit[]> {
  checkSet(set)
  const key = [jobId, set.engineRevision, set.total]
  const sizes = await sql.query(SIZES, [...key, arrayLiteral(units.map(String))])
  const found: StoredUnit[] = []
  for (const page of pagesOf(sizes)) {
    const rows = await sql.query(READ, [...key, arrayLiteral(page.map(String))])
    found.push(...rows.map((row) => storedUnit(jobId, set, row)))
  }
  return found
}

export async function countUnits(sql: Sql, jobIds: readonly string[]): Promise<ReadonlyMap<string, UnitCount>> {
  if (jobIds.length === 0) return new Map()
  const rows = await sql.query(COUNT, [arrayLiteral(jobIds)])
  return new Map(
    rows.map((row) => {
      const total = Number(row.units_total)
      return [String(row.job_id), { total, done: row.status === 'completed' ? total : Number(row.done) }]
    }),
  )
}

/** What a row must have in `sha256`: bytes that were moved to another unit, job or engine do not have it. */
function unitSha256(jobId: string, { engineRevision }: UnitSet, { unit, bytes }: UnitBytes): string {
  return sha256Hex(Buffer.concat([Buffer.from(`${jobId} ${engineRevision} ${unit} `), bytes]))
}

function storedUnit(jobId: string, set: UnitSet, row: RawRow): StoredUnit {
  const unit = Number(row.unit)
  if (!(row.payload instanceof Uint8Array)) {
    return { unit, damage: `it holds no bytes, or more than ${UNIT_BYTES_MAX}` }
  }
  const bytes = new Uint8Array(row.payload)
  if (unitSha256(jobId, set, { unit, bytes }) === row.sha256) return { unit, bytes }
  return { unit, damage: 'its bytes do not have the hash that was stored with them' }
}

function pagesOf(sizes: readonly RawRow[]): number[][] {
  const pages: number[][] = []
  let room = 0
  for (const { unit, bytes } of sizes) {
    const size = Math.min(Number(bytes), UNIT_BYTES_MAX)
    if (size > room || pages.length === 0) {
      pages.push([])
      room = READ_BYTES
    }
    pages.at(-1)!.push(Number(unit))
    room -= size
  }
  return pages
}

function checkSet({ engineRevision, total }: UnitSet): void {
  const whole = Number.isInteger(total) && total >= 1 && total <= UNITS_MAX && Number.isInteger(engineRevision)
  if (!whole) throw new RangeError(`${total} units of engine ${engineRevision}: whole numbers from 1 to ${UNITS_MAX}`)
}

function checkUnit({ total }: UnitSet, unit: number, bytes: Uint8Array): void {
  if (!(Number.isInteger(unit) && unit >= 0 && unit < total)) {
    throw new RangeError(`unit ${unit} is none of 0 to ${total - 1}`)
  }
  if (bytes.length === 0 || bytes.length > UNIT_BYTES_MAX) {
    throw new RangeError(`unit ${unit} has ${bytes.length} bytes, allowed: 1 to ${UNIT_BYTES_MAX}`)
  }
}
