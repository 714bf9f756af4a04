import type { Warning } from '../../../engine/result.ts'
import { parseObject } from '../documents/manifest.ts'
import type { OpenedResult } from '../read-result.ts'
import { readArtifact } from '../verify-files.ts'
import { MONTE_CARLO_FILE } from './monte-carlo.ts'

/** monte_carlo.json as far as it is read back; null where a number could not be computed. */
export interface StoredPaths {
  readonly config: {
    readonly simulations: number
    readonly method: string
    readonly block_length: number | null
    readonly seed: number
    readonly generator: string
    readonly basis: string
  }
  readonly sample: { readonly returns: number; readonly ics: number; readonly drawn_together: boolean }
  readonly intervals: readonly {
    readonly metric: string
    readonly observed: number | null
    readonly q05: number | null
    readonly q50: number | null
    readonly q95: number | null
  }[]
  readonly p_value_null: number | null
  readonly drawdown_deeper_share: number | null
  readonly notes: readonly Warning[]
  readonly warnings: readonly Warning[]
}

/** What the paths of an opened MonteCarlo say. Throws `artifact_corrupt` where the document is missing or none. */
export async function readMonteCarlo({ directory }: OpenedResult): Promise<StoredPaths> {
  return parseObject(MONTE_CARLO_FILE, await readArtifact(directory, MONTE_CARLO_FILE)) as unknown as StoredPaths
}
