import { randomBytes } from 'node:crypto'
import { HindcastError } from '../../../core/errors.ts'
import { sha256Hex } from '../../../core/identity.ts'
import { invariant } from '../../../core/invariant.ts'
import type { Database, Sql } from '../sql.ts'
import { changeRoles } from './change-roles.ts'
import { scramVerifier } from './scram.ts'

const PASSWORD = /^[A-Za-z0-9]{32,128}$/

/** Columns of a job that a runner or a clean-up writes: never whose it is or what it computes. */
const JOB_COLUMNS_WRITTEN = [
  ...['status', 'started_at', 'completed_at', 'worker_id', 'progress_pct', 'progress_stage', 'progress_date'],
  ...['result_path', 'mean_ic', 'icir', 'hit_rate', 'coverage', 'long_short_spread', 'average_turnover'],
  ...['decay_half_life', 'snapshot_id', 'dataset_version_ids', 'error_message', 'error_class', 'cost_config'],
  ...['cost_summary', 'last_good_attempt', 'next_attempt_at', 'heartbeat_at', 'metrics', 'engine_revision'],
  ...['engine_version', 'image_digest', 'content_sha256', 'manifest_sha256', 'result_key', 'artifact_bytes'],
  ...['peak_memory_bytes', 'updated_at'],
]

/** Table -> what the role of a namespace may do there, within the rows it sees. What is not named it may not. */
export const RUNNER_RIGHTS: Readonly<Record<string, string>> = {
  schema_migrations: 'SELECT',
  namespace_roles: 'SELECT',
  backtest_jobs: `SELECT, DELETE, UPDATE (${JOB_COLUMNS_WRITTEN.join(', ')})`,
  backtest_attempts: 'SELECT, UPDATE',
  backtest_claims: 'SELECT, INSERT, UPDATE',
  backtest_units: 'SELECT, INSERT, UPDATE, DELETE',
  backtest_resources: 'SELECT, DELETE',
  walk_forward_windows: 'SELECT, INSERT',
  monte_carlo_results: 'SELECT, INSERT',
  store_rooms: 'SELECT, INSERT, UPDATE',
  datasets: 'SELECT',
  dataset_snapshots: 'SELECT',
  dataset_securities: 'SELECT',
}

/**
 * Makes the login of a namespace's runners, or gives it another password: it sees and writes the rows of that namespace
 * and of no other. Gives the role's name. Throws `invalid_name`, and `environment_invalid` where the caller may not
 * make roles or the server would let the role do more.
 */
export async function grantNamespace(database: Database, namespace: string, password: string): Promise<string> {
  invariant(PASSWORD.test(password), 'a password of a role is 32 to 128 letters and digits')
  return changeRoles(database, namespace, async (sql) => {
    const role = await roleOf(sql, namespace)
    await makeRole(sql, role, scramVerifier(password, randomBytes(16)))
    for (const [table, rights] of Object.entries(RUNNER_RIGHTS)) {
      await sql.script(`REVOKE ALL ON "${table}" FROM "${role}"; GRANT ${rights} ON "${table}" TO "${role}"`)
    }
    await sql.script(`GRANT USAGE ON SEQUENCE backtest_claims_seq_seq TO "${role}"`)
    await sql.query(
      `INSERT INTO namespace_roles (role_name, namespace) VALUES ($1::text, $2::text)
       ON CONFLICT (role_name) DO UPDATE SET granted_at = clock_timestamp()`,
      [role, namespace],
    )
    await refuseLooseSchema(sql, role)
    return role
  })
}

/** Roles belong to the whole server: the installation's id keeps two databases on one apart. */
async function roleOf(sql: Sql, namespace: string): Promise<string> {
  const rows = await sql.query('SELECT id FROM installation')
  const mark = sha256Hex(`${rows[0]?.id} ${namespace}`).slice(0, 8)
  return `hindcast_${namespace.slice(0, 40)}_${mark}`
}

async function makeRole(sql: Sql, role: string, verifier: string): Promise<void> {
  const [known] = await sql.query('SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1::text', [role])
  const verb = known === undefined ? 'CREATE' : 'ALTER'
  await sql.script(`${verb} ROLE "${role}" LOGIN NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD '${verifier}'`)
  const [schema] = await sql.query('SELECT quote_ident(current_schema()) AS name')
  await sql.script(`GRANT USAGE ON SCHEMA ${schema!.name} TO "${role}"`)
}

/** Before version 15 everybody may make functions in `public`, and the operator would call one that fits better. */
async function refuseLooseSchema(sql: Sql, role: string): Promise<void> {
  const [found] = await sql.query(
    `SELECT current_schema() AS name, has_schema_privilege($1::text, current_schema(), 'CREATE') AS loose,
       (SELECT rolbypassrls OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = $1::text) AS unbound`,
    [role],
  )
  if (found?.unbound === true) {
    throw new HindcastError('environment_invalid', `the role ${role} is not bound by row-level security; drop it first`)
  }
  if (found?.loose !== true) return
  throw new HindcastError(
    'environment_invalid',
    `every role may create objects in the schema ${found.name}; ` +
      `run "REVOKE CREATE ON SCHEMA ${found.name} FROM PUBLIC"`,
  )
}
