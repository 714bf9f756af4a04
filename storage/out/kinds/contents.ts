import type { Completion } from '../../ledger/ledger.ts'
import type { ArtifactTable } from '../artifact-tables.ts'

/** A file that holds no table. */
export interface ArtifactText {
  readonly name: string
  readonly text: string
}

/** What a result puts into its folder and its row; the same for every kind. */
export interface Contents {
  /** The largest first. */
  readonly tables: readonly ArtifactTable[]
  /** summary.json is one of them. */
  readonly texts: readonly ArtifactText[]
  readonly row: Pick<
    Completion,
    'metrics' | 'costConfig' | 'costSummary' | 'snapshotId' | 'datasetVersionIds' | 'windows' | 'intervals'
  >
}
