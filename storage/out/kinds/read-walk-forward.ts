import { parseObject } from '../documents/manifest.ts'
import type { OpenedResult } from '../read-result.ts'
import { readArtifact } from '../verify-files.ts'
import { WALK_FORWARD_FILE } from './walk-forward.ts'

/** A window of walk_forward.json; null where a number could not be computed. */
export interface StoredWindow {
  readonly window_id: number
  readonly train_start: string
  readonly train_end: string
  readonly test_start: string
  readonly test_end: string
  readonly best_params: Readonly<Record<string, number | string>>
  readonly train_ic: number | null
  readonly test_ic: number | null
  readonly test_icir: number | null
}

/** walk_forward.json as far as it is read back (platform.md 3.3). */
export interface StoredWalk {
  readonly windows: readonly StoredWindow[]
  readonly parameter_stability: readonly {
    readonly name: string
    readonly usual: number | string
    readonly usual_share: number
  }[]
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

/** The windows of an opened WalkForward. Throws `artifact_corrupt` where the document is missing or none. */
export async function readWalkForward({ directory }: OpenedResult): Promise<StoredWalk> {
  return parseObject(WALK_FORWARD_FILE, await readArtifact(directory, WALK_FORWARD_FILE)) as unknown as StoredWalk
}
