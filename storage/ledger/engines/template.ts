import { randomUUID } from 'node:crypto'
import { constants, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { HindcastError } from '../../../core/errors.ts'
import { sha256Hex } from '../../../core/identity.ts'
import { applyMigrations, type Migration } from '../migrate.ts'
import { pgliteDatabase } from './pglite.ts'

/**
 * Makes the data directory of a new home, whole or not at all: beside its place first, then by one rename. With a
 * cache the work of seconds (initdb in WebAssembly and the migrations) is done once a user and version, and copied.
 * The caller holds the home's lock.
 */
export async function makeDataDirectory(
  dir: string,
  migrations: readonly Migration[],
  cacheDir: string | null,
): Promise<void> {
  const scratch = `${dir}.new`
  // Left by a process that was killed here.
  rmSync(scratch, { recursive: true, force: true })
  try {
    const template = cacheDir === null ? null : await cachedTemplate(cacheDir, migrations)
    if (template === null) await makeTemplate(scratch, migrations)
    else cpSync(template, scratch, { recursive: true, mode: constants.COPYFILE_FICLONE })
    renameSync(scratch, dir)
  } catch (thrown) {
    rmSync(scratch, { recursive: true, force: true })
    throw translate(thrown, dir)
  }
}

function translate(thrown: unknown, dir: string): unknown {
  const { code, message } = thrown as NodeJS.ErrnoException
  if (thrown instanceof HindcastError || code === undefined) return thrown
  return new HindcastError(
    code === 'ENOSPC' || code === 'EDQUOT' ? 'storage_full' : 'storage_error',
    `the records ${dir} cannot be made: ${message}`,
    { cause: thrown },
  )
}

/** The template's folder; null when the cache cannot be used, which costs time and nothing else. */
async function cachedTemplate(cacheDir: string, migrations: readonly Migration[]): Promise<string | null> {
  const template = join(cacheDir, `ledger-${templateKey(migrations)}`)
  if (existsSync(template)) return template
  const scratch = `${template}.${randomUUID()}`
  try {
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 })
    await makeTemplate(scratch, migrations)
    renameSync(scratch, template)
    return template
  } catch {
    rmSync(scratch, { recursive: true, force: true })
    // Another process may have been faster.
    return existsSync(template) ? template : null
  }
}

async function makeTemplate(dir: string, migrations: readonly Migration[]): Promise<void> {
  const database = await pgliteDatabase(dir)
  try {
    await database.transaction((sql) => applyMigrations(sql, migrations, { refusal: 'home_invalid' }))
    // What is copied should need no recovery.
    await database.script('CHECKPOINT')
  } finally {
    await database.close()
  }
}

/** Another PGlite or another migration: another template. */
function templateKey(migrations: readonly Migration[]): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const { version } = JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')) as {
    version: string
  }
  return sha256Hex(`${version} ${migrations.map((migration) => migration.sha256).join(' ')}`).slice(0, 16)
}
