import { HindcastError } from '../../../core/errors.ts'
import type { Json } from '../../../core/identity.ts'
import { type Columns, fromRow } from '../rows/columns.ts'
import { jsonb } from '../rows/json.ts'
import { arrayLiteral, type Database, type RawRow, type Sql } from '../sql.ts'
import type { ListedSnapshot, NewSnapshot, Snapshot, SnapshotRole, SnapshotSecurity, Snapshots } from './port.ts'

/** dataset_snapshots. */
export const SNAPSHOT_COLUMNS: Columns = {
  snapshotId: 'text!',
  dataset: 'text!',
  fullSha256: 'text!',
  location: 'text!',
  startDate: 'date!',
  endDate: 'date!',
  preset: 'text',
  names: 'int',
  dates: 'int',
  roles: 'jsonb!',
  files: 'jsonb',
  quality: 'jsonb',
  createdBy: 'text!',
  createdAt: 'timestamptz!',
  pinned: 'bool!',
}

const ENTRY_COLUMNS: Columns = {
  snapshotId: 'text!',
  dataset: 'text!',
  fullSha256: 'text!',
  startDate: 'date!',
  endDate: 'date!',
  roles: 'jsonb!',
  newest: 'bool!',
}

/** dataset_securities, without its key to the snapshot. */
export const SECURITY_COLUMNS: Columns = {
  permno: 'bigint!',
  ticker: 'text',
  name: 'text',
  firstDate: 'date',
  lastDate: 'date',
}

/** First half of the key of a dataset's advisory lock; the second is a hash of its name. */
const DATASET_LOCK = 0x48_44

const INSERT = `
INSERT INTO dataset_snapshots (snapshot_id, dataset, full_sha256, location, start_date, end_date, preset, names, dates,
  roles, files, quality, created_by)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::date, $6::date, $7::text, $8::integer, $9::integer,
  $10::jsonb, $11::jsonb, $12::jsonb, $13::text)
ON CONFLICT (snapshot_id) DO NOTHING
RETURNING *`

const INSERT_SECURITIES = `
INSERT INTO dataset_securities (snapshot_id, permno, ticker, name, first_date, last_date)
SELECT $1::text, r.permno, left(r.ticker, 32), left(r.name, 255), r.first_date, r.last_date
FROM jsonb_to_recordset($2::jsonb)
  AS r (permno bigint, ticker text, name text, first_date date, last_date date)`

const POINT = `
INSERT INTO datasets (name, newest_snapshot_id, updated_at) VALUES ($1::text, $2::text, clock_timestamp())
ON CONFLICT (name) DO UPDATE SET newest_snapshot_id = excluded.newest_snapshot_id, updated_at = excluded.updated_at`

/** The catalogue's part of the ledger. */
export function snapshotsOver(database: Database): Snapshots {
  return {
    insertSnapshot: (snapshot) => insertSnapshot(database, snapshot),
    findSnapshot: (snapshotId) => findSnapshot(database, snapshotId),
    newestSnapshot: (dataset) => newestSnapshot(database, dataset),
    listSnapshots: (dataset) => listSnapshots(database, dataset),
    snapshotEntries: () => snapshotEntries(database),
    newestSnapshots: () => newestSnapshots(database),
    findSecurities: (snapshotId, permnos) => findSecurities(database, snapshotId, permnos),
  }
}

async function insertSnapshot(
  database: Database,
  given: NewSnapshot,
): Promise<{ readonly inserted: boolean; readonly snapshot: Snapshot }> {
  const { snapshotId, dataset, fullSha256, securities } = given
  return database.transaction(async (sql) => {
    // One import of a dataset at a time, so that no version number is given twice.
    await sql.query('SELECT pg_advisory_xact_lock($1::integer, hashtext($2::text))', [DATASET_LOCK, dataset])
    const roles = await versioned(sql, given)
    const [row] = await sql.query(INSERT, [
      ...[snapshotId, dataset, fullSha256, given.location, given.startDate, given.endDate],
      ...[given.preset, given.names, given.dates],
      ...[jsonb(roles as unknown as Json), jsonb(given.files as unknown as Json), jsonb(given.quality)],
      given.createdBy,
    ])
    if (row !== undefined) {
      await sql.query(INSERT_SECURITIES, [snapshotId, jsonb(securities.map(recordOf))])
      await sql.query(POINT, [dataset, snapshotId])
      return { inserted: true, snapshot: snapshotOf(row) }
    }
    const known = snapshotOf(
      (await sql.query('SELECT * FROM dataset_snapshots WHERE snapshot_id = $1::text', [snapshotId]))[0]!,
    )
    if (known.fullSha256 !== fullSha256) {
      throw new HindcastError(
        'data_invalid',
        `snapshot ${snapshotId} is in the catalogue with other data (SHA-256 ${known.fullSha256}, this one ` +
          `${fullSha256}); import under another dataset name`,
      )
    }
    const [moved] = await sql.query(
      'UPDATE dataset_snapshots SET location = $2::text WHERE snapshot_id = $1::text RETURNING *',
      [snapshotId, given.location],
    )
    await sql.query(POINT, [dataset, snapshotId])
    return { inserted: false, snapshot: snapshotOf(moved!) }
  })
}

/** A content seen before keeps its number; a new one gets the next. */
async function versioned(sql: Sql, { dataset, roles }: NewSnapshot): Promise<SnapshotRole[]> {
  const known = (await listSnapshots(sql, dataset)).flatMap((snapshot) => snapshot.roles)
  return roles.map((role) => {
    const same = known.filter((other) => other.role === role.role)
    const before = same.find(({ contentSha256 }) => contentSha256 === role.contentSha256)
    return { ...role, version: before?.version ?? 1 + Math.max(0, ...same.map(({ version }) => version)) }
  })
}

async function findSnapshot(sql: Sql, snapshotId: string): Promise<Snapshot | null> {
  const rows = await sql.query('SELECT * FROM dataset_snapshots WHERE snapshot_id = $1::text', [snapshotId])
  return rows[0] === undefined ? null : snapshotOf(rows[0])
}

async function newestSnapshot(sql: Sql, dataset: string): Promise<Snapshot | null> {
  const rows = await sql.query(
    `SELECT s.* FROM datasets AS d JOIN dataset_snapshots AS s ON s.snapshot_id = d.newest_snapshot_id
     WHERE d.name = $1::text`,
    [dataset],
  )
  return rows[0] === undefined ? null : snapshotOf(rows[0])
}

async function listSnapshots(sql: Sql, dataset?: string): Promise<readonly Snapshot[]> {
  const rows = await sql.query(
    `SELECT * FROM dataset_snapshots WHERE $1::text IS NULL OR dataset = $1::text
     ORDER BY dataset, created_at, snapshot_id`,
    [dataset ?? null],
  )
  return rows.map(snapshotOf)
}

const ENTRIES = `
SELECT s.snapshot_id, s.dataset, s.full_sha256, s.start_date, s.end_date, s.roles,
  coalesce(d.newest_snapshot_id = s.snapshot_id, false) AS newest
FROM dataset_snapshots AS s LEFT JOIN datasets AS d ON d.name = s.dataset
ORDER BY s.dataset, s.created_at, s.snapshot_id`

async function snapshotEntries(sql: Sql): Promise<readonly ListedSnapshot[]> {
  const rows = await sql.query(ENTRIES, [], 'snapshot entries')
  return rows.map((row) => fromRow(ENTRY_COLUMNS, row) as unknown as ListedSnapshot)
}

async function newestSnapshots(sql: Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query('SELECT name, newest_snapshot_id FROM datasets ORDER BY name')
  return new Map(rows.map((row) => [String(row.name), String(row.newest_snapshot_id)]))
}

async function findSecurities(
  sql: Sql,
  snapshotId: string,
  permnos?: readonly number[],
): Promise<readonly SnapshotSecurity[]> {
  const rows = await sql.query(
    `SELECT * FROM dataset_securities
     WHERE snapshot_id = $1::text AND ($2::bigint[] IS NULL OR permno = ANY($2::bigint[])) ORDER BY permno`,
    [snapshotId, permnos === undefined ? null : arrayLiteral(permnos.map(String))],
  )
  return rows.map((row) => fromRow(SECURITY_COLUMNS, row) as unknown as SnapshotSecurity)
}

/** Rows of an older version lack what 0009 added. */
function snapshotOf(raw: RawRow): Snapshot {
  const row = fromRow(SNAPSHOT_COLUMNS, raw) as unknown as Snapshot
  return {
    ...row,
    preset: row.preset ?? 'native',
    names: row.names ?? 0,
    dates: row.dates ?? 0,
    files: row.files ?? [],
  }
}

function recordOf({ permno, ticker, name, firstDate, lastDate }: SnapshotSecurity): Json {
  return { permno, ticker, name, first_date: firstDate, last_date: lastDate }
}
