import { HindcastError } from '../../core/errors.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import type { Context } from '../context.ts'

/** Runs `work` with the record of a cluster, DATABASE_URL. Throws `environment_invalid` or `database_unavailable`. */
export async function withRecord<T>(
  { config }: Context,
  command: string,
  work: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  if (config.databaseUrl === null) {
    throw new HindcastError(
      'environment_invalid',
      `"${command}" needs the record of a cluster: set DATABASE_URL to postgres://user:password@host:port/database`,
    )
  }
  const { openPostgres } = await import('../../storage/ledger/open.ts')
  const ledger = await openPostgres(config.databaseUrl)
  try {
    return await work(ledger)
  } finally {
    await ledger.close()
  }
}
