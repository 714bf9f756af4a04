import { HindcastError } from '../../../core/errors.ts'
import type { Database, Sql } from '../sql.ts'

/** A DNS label, as Kubernetes names a namespace. */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/
/** Any number will do, as long as every grant and revocation takes the same one. */
const GRANT_LOCK = 4_827_301_912
/** SQLSTATE insufficient_privilege. */
const NOT_ALLOWED = '42501'

/**
 * One change of the login of a namespace, in a transaction, one at a time. Throws `invalid_name`, and
 * `environment_invalid` where the caller may not change roles.
 */
export async function changeRoles<T>(
  database: Database,
  namespace: string,
  change: (sql: Sql) => Promise<T>,
): Promise<T> {
  if (!NAMESPACE.test(namespace)) {
    throw new HindcastError(
      'invalid_name',
      `namespace ${JSON.stringify(namespace.slice(0, 80))}: a DNS label is needed`,
    )
  }
  try {
    return await database.transaction(async (sql) => {
      await sql.query('SELECT pg_advisory_xact_lock($1::bigint)', [GRANT_LOCK])
      return await change(sql)
    })
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== NOT_ALLOWED) throw thrown
    throw new HindcastError(
      'environment_invalid',
      'the role of DATABASE_URL may not change roles of namespaces: it has to own the tables and to have CREATEROLE',
      { cause: thrown },
    )
  }
}
