import { openDatasets } from '../../storage/in/store/open-datasets.ts'
import type { DatasetTarget } from '../../storage/in/store/port.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import type { Context } from '../context.ts'
import { withRecord } from '../namespaces/record.ts'

/** Where a cluster keeps its data, and the record that names it. */
export interface DatasetCluster {
  readonly store: DatasetTarget
  readonly ledger: Ledger
}

/** Runs `work` with the store of a text and the record of DATABASE_URL. Throws `environment_invalid` before it. */
export async function withCluster<T>(
  context: Context,
  { store, command }: { readonly store: string; readonly command: string },
  work: (cluster: DatasetCluster) => Promise<T>,
): Promise<T> {
  const opened = openDatasets(context.config.parseStore(store))
  return withRecord(context, command, (ledger) => work({ store: opened, ledger }))
}
