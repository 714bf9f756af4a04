import type { Catalog } from '../../core/plan.ts'

/** The snapshots that an operator can name: from the record, where an import writes them last. */
export interface Catalogs {
  /**
   * What is known of one dataset, and the names of the others for messages. Rejects with `database_unavailable` while
   * the record is out of reach.
   */
  forDataset(dataset: string): Promise<Catalog>
}
