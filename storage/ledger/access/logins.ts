import type { Database } from '../sql.ts'
import { grantNamespace } from './namespace-grant.ts'
import { type Revoked, revokeNamespace } from './namespace-revoke.ts'

/** The logins of namespaces. Both throw `invalid_name`, and `environment_invalid` where the caller may not. */
export interface Logins {
  /**
   * Makes the login of a namespace's runners, or gives it another password (32 to 128 letters and digits): it reads and
   * writes that namespace's rows and no others. Gives the role's name.
   */
  grantNamespace(namespace: string, password: string): Promise<string>
  /** Takes that login away and cuts its connections; the rows stay. */
  revokeNamespace(namespace: string): Promise<Revoked>
}

/** The logins' part of the ledger. */
export function loginsOver(database: Database): Logins {
  return {
    grantNamespace: (namespace, password) => grantNamespace(database, namespace, password),
    revokeNamespace: (namespace) => revokeNamespace(database, namespace),
  }
}
