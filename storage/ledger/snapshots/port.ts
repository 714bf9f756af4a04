import type { IsoDate } from '../../../core/dates.ts'
import type { Json } from '../../../core/identity.ts'
import type { Instant } from '../records.ts'

/** One role of a snapshot: `crsp`, `compustat`, `securities`. */
export interface SnapshotRole {
  readonly role: string
  /** Counts the different contents of this role in the dataset, from 1; the catalogue gives it. */
  readonly version: number
  readonly columns: readonly string[]
  readonly rows: number
  readonly contentSha256: string
  readonly file: string
  readonly bytes: number
}

export interface SnapshotFile {
  readonly file: string
  readonly bytes: number
  readonly sha256: string
}

/** A row of dataset_snapshots: its files are whole in the store of datasets. */
export interface Snapshot {
  readonly snapshotId: string
  readonly dataset: string
  readonly fullSha256: string
  /** Where people find it; nobody who computes reads a path from here. */
  readonly location: string
  readonly startDate: IsoDate
  readonly endDate: IsoDate
  readonly preset: string
  readonly names: number
  readonly dates: number
  readonly roles: readonly SnapshotRole[]
  readonly files: readonly SnapshotFile[]
  readonly quality: Json
  readonly createdBy: string
  readonly createdAt: Instant
  readonly pinned: boolean
}

/** A row of dataset_securities. Ticker and name are cut to 32 and 255 characters. */
export interface SnapshotSecurity {
  readonly permno: number
  readonly ticker: string | null
  readonly name: string | null
  readonly firstDate: IsoDate | null
  readonly lastDate: IsoDate | null
}

/** What an import knows. Versions in `roles` are of its own home and count for nothing here. */
export type NewSnapshot = Omit<Snapshot, 'createdAt' | 'pinned'> & { readonly securities: readonly SnapshotSecurity[] }

/** The catalogue of a cluster. */
/** What a plan needs of a snapshot. */
export type ListedSnapshot = Pick<
  Snapshot,
  'snapshotId' | 'dataset' | 'fullSha256' | 'startDate' | 'endDate' | 'roles'
> & {
  /** The newest of its dataset. */
  readonly newest: boolean
}

export interface Snapshots {
  /**
   * Makes a snapshot known, its securities with it, and points its dataset's newest at it; one transaction, to be run
   * when all files are in their place. The same snapshot again only moves the pointer and the place. Throws
   * `data_invalid` when the id is known with another hash.
   */
  insertSnapshot(snapshot: NewSnapshot): Promise<{ readonly inserted: boolean; readonly snapshot: Snapshot }>
  findSnapshot(snapshotId: string): Promise<Snapshot | null>
  newestSnapshot(dataset: string): Promise<Snapshot | null>
  /** By dataset, oldest first; of one dataset or of all. */
  listSnapshots(dataset?: string): Promise<readonly Snapshot[]>
  /** Every snapshot as far as a plan needs it, whatever else is known of it left out. */
  snapshotEntries(): Promise<readonly ListedSnapshot[]>
  /** Dataset -> id of its newest snapshot. */
  newestSnapshots(): Promise<ReadonlyMap<string, string>>
  /** By permno; of all securities or of those asked for. */
  findSecurities(snapshotId: string, permnos?: readonly number[]): Promise<readonly SnapshotSecurity[]>
}
