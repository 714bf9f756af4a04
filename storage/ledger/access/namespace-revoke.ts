import type { Database, Sql } from '../sql.ts'
import { changeRoles } from './change-roles.ts'

/** What a revocation took away, and what of the namespace is in the record all the same. */
export interface Revoked {
  /** Null: the namespace had no login. */
  readonly role: string | null
  /** Connections of the login that were cut. */
  readonly sessions: number
  readonly jobs: number
  /** Of these jobs, those that wait or run. */
  readonly active: number
}

/**
 * Takes the login of a namespace's runners away: its connections are cut, the role is dropped with every right it had.
 * The rows of the namespace stay. Throws `invalid_name`, and `environment_invalid` where the caller may not.
 */
export async function revokeNamespace(database: Database, namespace: string): Promise<Revoked> {
  return changeRoles(database, namespace, async (sql) => {
    // By the row, not by the rule that names new ones: the installation may have had another id then.
    const [row] = await sql.query('DELETE FROM namespace_roles WHERE namespace = $1::text RETURNING role_name', [
      namespace,
    ])
    const role = row === undefined ? null : String(row.role_name)
    const sessions = role === null ? 0 : await dropRole(sql, role)
    const [count] = await sql.query(
      `SELECT count(*)::int AS jobs, (count(*) FILTER (WHERE status IN ('pending', 'running')))::int AS active
       FROM backtest_jobs WHERE namespace = $1::text`,
      [namespace],
    )
    return { role, sessions, jobs: Number(count?.jobs), active: Number(count?.active) }
  })
}

/** Gives how many of its connections were cut. A role that somebody has dropped by hand is no error. */
async function dropRole(sql: Sql, role: string): Promise<number> {
  const [known] = await sql.query('SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1::text', [role])
  if (known === undefined) return 0
  // Who is no superuser may cut the sessions and the rights of a role only as a member of it.
  await sql.script(`ALTER ROLE "${role}" NOLOGIN; GRANT "${role}" TO CURRENT_USER`)
  const cut = await sql.query(
    'SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE usename = $1::text',
    [role],
  )
  await sql.script(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`)
  return cut.length
}
