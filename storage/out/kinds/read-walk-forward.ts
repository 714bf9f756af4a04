import { parseObject } from '../documents/manifest.ts'
import type { OpenedResult } from '../read-result.ts'
import { readArtifact } from '../verify-files.ts'
import { PARAM_SEARCH_FILE, WALK_FORWARD_FILE } from './walk-forward.ts'

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
  readonly best_score: number | null
  readonly chosen_rank: number | null
  readonly ranked_combinations: number
  readonly train_sharpe: number | null
  readonly test_sharpe: number | null
  readonly evidence: {
    readonly trials: number
    readonly effective_trials: number | null
    readonly sharpe: number | null
    readonly expected_best: number | null
    readonly deflated_effective: number | null
  } | null
}

/** param_search.json as far as it is read back: every try of every window, in one order. */
export interface StoredSearch {
  readonly windows: readonly {
    readonly window_id: number
    readonly all_results: readonly {
      readonly params: Readonly<Record<string, number | string>>
      readonly score: number | null
      readonly test_score: number | null
    }[]
  }[]
  readonly param_names: readonly string[]
  /** Null where nothing is searched. */
  readonly param_ranges: Readonly<Record<string, readonly (number | string)[]>> | null
}

/** walk_forward.json as far as it is read back (platform.md 3.3). */
export interface StoredWalk {
  readonly windows: readonly StoredWindow[]
  readonly parameter_stability: readonly {
    readonly name: string
    readonly usual: number | string
    readonly usual_share: number
    readonly distinct: number
    readonly change_share: number | null
  }[]
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

/** The windows of an opened WalkForward. Throws `artifact_corrupt` where the document is missing or none. */
export async function readWalkForward({ directory }: OpenedResult): Promise<StoredWalk> {
  return parseObject(WALK_FORWARD_FILE, await readArtifact(directory, WALK_FORWARD_FILE)) as unknown as StoredWalk
}

/** What the windows of an opened WalkForward tried. Throws `artifact_corrupt` where the document is missing or none. */
export async function readParamSearch({ directory }: OpenedResult): Promise<StoredSearch> {
  return parseObject(PARAM_SEARCH_FILE, await readArtifact(directory, PARAM_SEARCH_FILE)) as unknown as StoredSearch
}
