import type { Catalog, SnapshotEntry } from '../../core/plan.ts'
import type { Ledger, Snapshot } from '../../storage/ledger/ledger.ts'

/** The snapshots that an operator can name. */
export interface Catalogs {
  /**
   * The snapshots of one dataset, and the names of the others for messages. Rejects with `database_unavailable` while
   * the record is out of reach.
   */
  forDataset(dataset: string): Promise<Catalog>
}

/** The catalogue in the record, where an import writes a snapshot once its files are in their place. */
export function recordedCatalogs(ledger: Pick<Ledger, 'listSnapshots' | 'newestSnapshots'>): Catalogs {
  return {
    async forDataset(dataset) {
      const [newest, snapshots] = await Promise.all([ledger.newestSnapshots(), ledger.listSnapshots(dataset)])
      return { newest, snapshots: new Map(snapshots.map((snapshot) => [snapshot.snapshotId, entryOf(snapshot)])) }
    },
  }
}

function entryOf({ snapshotId, dataset, fullSha256, startDate, endDate, roles }: Snapshot): SnapshotEntry {
  return {
    snapshotId,
    dataset,
    fullSha256,
    startDate,
    endDate,
    datasetVersionIds: versionIds(roles),
  }
}

/** `version:hash` of the roles that a number can come from (engine.md 1.3). */
function versionIds(roles: Snapshot['roles']): Record<string, string> {
  const counted = roles.filter(({ role }) => role !== 'securities')
  return Object.fromEntries(counted.map(({ role, version, contentSha256 }) => [role, `${version}:${contentSha256}`]))
}
