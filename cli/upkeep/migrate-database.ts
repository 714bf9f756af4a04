import { HindcastError } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import { print } from '../output/print.ts'

/** `hindcast migrate --database`: brings the record of a cluster, DATABASE_URL, to the version of this program. */
export async function migrateDatabase(context: Context, flags: { readonly adopt?: boolean }): Promise<number> {
  const { databaseUrl } = context.config
  if (databaseUrl === null) {
    throw new HindcastError(
      'environment_invalid',
      '"migrate --database" writes the record of a cluster: set DATABASE_URL to ' +
        'postgres://user:password@host:port/database',
    )
  }
  const { openPostgres } = await import('../../storage/ledger/open.ts')
  const ledger = await openPostgres(databaseUrl, { migrate: true, adopt: flags.adopt === true })
  try {
    const { id, schemaVersion } = await ledger.installation()
    await print(context, { installation: id, schemaVersion }, () => {
      return `the record of installation ${id} is at version ${schemaVersion}\n`
    })
    return 0
  } finally {
    await ledger.close()
  }
}
