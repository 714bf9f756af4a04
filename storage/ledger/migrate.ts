import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ErrorCode, HindcastError } from '../../core/errors.ts'
import { sha256Hex } from '../../core/identity.ts'
import { invariant } from '../../core/invariant.ts'
import type { Database, Sql } from './sql.ts'

/** One file of migrations/. */
export interface Migration {
  readonly number: number
  /** File name without its ending. */
  readonly name: string
  readonly sha256: string
  readonly text: string
}

export interface MigrateOptions {
  /** Whose database this must be; null: whoever's it is, and a new id where it is nobody's. */
  readonly installationId: string | null
  /** Takes a database over from another installation. */
  readonly adopt: boolean
  /** Code of the refusals: `home_invalid` for a laptop's home, `environment_invalid` for a server. */
  readonly refusal: ErrorCode
}

const FILE = /^(\d{4})_[a-z0-9_]+\.sql$/
/** Any number will do, as long as everybody takes the same one. */
const MIGRATE_LOCK = 4_827_301_911

/** The migrations of this version in their order, from the checkout or beside a built bundle. */
export function readMigrations(folder: string = migrationsFolder()): readonly Migration[] {
  const files = readdirSync(folder)
    .filter((file) => FILE.test(file))
    .sort()
  return files.map((file, i) => {
    const number = Number(FILE.exec(file)![1])
    invariant(number === i + 1, `migrations are numbered without gaps: ${file} stands at place ${i + 1}`)
    const text = readFileSync(join(folder, file), 'utf8')
    return { number, name: file.slice(0, -'.sql'.length), sha256: sha256Hex(text), text }
  })
}

/** A bundle lies in dist/, this file two folders down: either way migrations/ is beside a folder above. */
function migrationsFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'migrations')
    if (existsSync(join(candidate, '0001_backtest_jobs.sql'))) return candidate
    invariant(folder !== dirname(folder), 'the package holds its folder migrations/')
  }
}

/**
 * Brings a database to this version's schema; one transaction under an advisory lock, so that any number of processes
 * may call it at once. Refuses a database of a newer version, one whose applied migrations differ from these files,
 * and one of another installation.
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[],
  options: MigrateOptions,
): Promise<void> {
  if (await isCurrent(database, migrations, options)) return
  await database.transaction(async (sql) => {
    await applyMigrations(sql, migrations, options)
    await settleInstallation(sql, migrations, options)
  })
}

/** The schema alone, without an owner: what a template of a home holds. Runs inside the caller's transaction. */
export async function applyMigrations(
  sql: Sql,
  migrations: readonly Migration[],
  options: Pick<MigrateOptions, 'refusal'>,
): Promise<void> {
  await sql.query('SELECT pg_advisory_xact_lock($1::bigint)', [MIGRATE_LOCK])
  await sql.script(`CREATE TABLE IF NOT EXISTS schema_migrations (
    name VARCHAR(100) PRIMARY KEY, sha256 CHAR(64) NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())`)
  const applied = await recorded(sql)
  refuseForeign(applied, migrations, options.refusal)
  for (const migration of migrations) {
    if (applied.has(migration.name)) continue
    await sql.script(migration.text)
    await sql.query('INSERT INTO schema_migrations (name, sha256) VALUES ($1::text, $2::text)', [
      migration.name,
      migration.sha256,
    ])
  }
}

/**
 * For those who do not migrate: throws `environment_invalid` unless the schema is there and at least this version's.
 * A newer one is fine, since a release only adds to what the one before it uses.
 */
export async function requireSchema(sql: Sql, migrations: readonly Migration[]): Promise<void> {
  const applied = await recordedOrNone(sql)
  const missing = migrations.filter((migration) => !applied.has(migration.name))
  if (missing.length === 0) return
  throw new HindcastError(
    'environment_invalid',
    `the database lacks ${missing.length} of ${migrations.length} migrations, first ${missing[0]!.name}; ` +
      'run "hindcast migrate"',
  )
}

async function isCurrent(sql: Sql, migrations: readonly Migration[], options: MigrateOptions): Promise<boolean> {
  const applied = await recordedOrNone(sql)
  if (applied.size === 0) return false
  refuseForeign(applied, migrations, options.refusal)
  if (applied.size < migrations.length) return false
  const rows = await sql.query('SELECT id, schema_version FROM installation')
  return (
    rows[0] !== undefined &&
    rows[0].schema_version === migrations.length &&
    (options.installationId === null || rows[0].id === options.installationId)
  )
}

async function recordedOrNone(sql: Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query("SELECT to_regclass('schema_migrations') IS NOT NULL AS known")
  return rows[0]?.known === true ? recorded(sql) : new Map()
}

async function recorded(sql: Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query('SELECT name, sha256 FROM schema_migrations')
  return new Map(rows.map((row) => [String(row.name), String(row.sha256)]))
}

function refuseForeign(
  applied: ReadonlyMap<string, string>,
  migrations: readonly Migration[],
  refusal: ErrorCode,
): void {
  const own = new Map(migrations.map((migration) => [migration.name, migration.sha256]))
  const newest = migrations.at(-1)?.name ?? ''
  for (const [name, sha256] of applied) {
    if (own.get(name) === sha256) continue
    throw new HindcastError(refusal, whyForeign(name, newest, own.has(name)))
  }
}

function whyForeign(name: string, newest: string, isOurs: boolean): string {
  if (isOurs)
    return `migration ${name} was applied with other content than this version's file, which must never change`
  if (name < newest) return `the records hold migration ${name}, which this version does not know`
  return `the records were written by a newer version of Hindcast (${name}; this one ends at ${newest}); use that one`
}

async function settleInstallation(sql: Sql, migrations: readonly Migration[], options: MigrateOptions): Promise<void> {
  const rows = await sql.query('SELECT id FROM installation FOR UPDATE')
  const id = options.installationId
  if (rows[0] === undefined) {
    await sql.query('INSERT INTO installation (id, schema_version) VALUES ($1::uuid, $2::integer)', [
      id ?? randomUUID(),
      migrations.length,
    ])
    return
  }
  if (id !== null && rows[0].id !== id && !options.adopt) {
    throw new HindcastError(
      options.refusal,
      `the database belongs to installation ${rows[0].id}, this one is ${id}; ` +
        'give each its own, or take it over with "hindcast migrate --adopt"',
    )
  }
  await sql.query('UPDATE installation SET id = coalesce($1::uuid, id), schema_version = $2::integer', [
    id,
    migrations.length,
  ])
}
