import { type DatasetCatalog, folderCatalog } from '../../storage/in/catalog.ts'
import type { Context } from '../context.ts'
import { existingHome } from '../local/home-folder.ts'
import { withRecord } from '../namespaces/record.ts'

/** Which catalogue a command reads. */
export interface CatalogueFlags {
  /** A cluster's, at DATABASE_URL. */
  readonly database?: boolean
}

/** A catalogue, and where a cluster keeps what is in it; of a home nothing but its own folder would be said. */
export interface Catalogue extends DatasetCatalog {
  locations(): Promise<ReadonlyMap<string, string>>
}

/** Runs `work` with the catalogue of this home, or of a cluster. Opens no records of the home. */
export async function withCatalogue<T>(
  context: Context,
  { database = false, command }: CatalogueFlags & { readonly command: string },
  work: (catalogue: Catalogue) => Promise<T>,
): Promise<T> {
  if (!database) {
    const catalogue = folderCatalog(existingHome(context.home).datasetsDir)
    return work({ ...catalogue, locations: async () => new Map() })
  }
  const { ledgerCatalog } = await import('../../storage/in/ledger-catalog.ts')
  return withRecord(context, `${command} --database`, (ledger) => {
    const locations = async () =>
      new Map((await ledger.listSnapshots()).map(({ snapshotId, location }) => [snapshotId, location]))
    return work({ ...ledgerCatalog(ledger), locations })
  })
}
