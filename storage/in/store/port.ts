import type { SnapshotEntry } from '../../../core/plan.ts'
import type { SnapshotRecord } from '../snapshot/entry.ts'

/** Where a push takes a snapshot. */
export interface DatasetTarget {
  /** What people are shown of a snapshot's place. Nothing is looked up. */
  locate(snapshotId: string): string
  /**
   * Copies a snapshot of `datasetsDir`, every file compared with its hash on the way; `snapshot.json` comes last, and
   * without it nobody sees anything. What an earlier push left is used or replaced. Throws `artifact_corrupt` naming
   * a file that is not what was imported, `data_invalid` when the id is there with other data, and storage errors.
   */
  push(datasetsDir: string, record: SnapshotRecord): Promise<'pushed' | 'known'>
}

/** The datasets of a cluster: whole and immutable snapshots on a volume or in an object store. */
export interface DatasetStore extends DatasetTarget {
  /**
   * A local datasets folder with the pinned snapshot in it, to give to `openPanel`. Nothing else of the store is
   * looked at. Throws `snapshot_not_found`, `artifact_corrupt` or a storage error.
   */
  fetch(snapshot: Pick<SnapshotEntry, 'snapshotId' | 'fullSha256'>): Promise<string>
}
