import type { Panel } from '../panel.ts'
import type { RowSpan, Walk } from './plan-walk.ts'
import { allocateScores, BYTES_PER_SCORE, type DailyScores } from './scores/daily-scores.ts'
import { allocateLabels, type LabelRanks } from './scores/label-ranks.ts'

/** Daily scores are kept for a whole walk up to this; beyond, each window keeps its own and forgets them. */
const KEPT_BYTES = 256 * 2 ** 20

/**
 * What the windows of a walk share in one process: it saves time and never changes a number, so it may be thrown away
 * and made again between any two units. Threads may fill one memory together, each its own rows (`scoreRows`); a unit
 * may be computed on it once nobody else writes.
 */
export interface WalkMemory {
  readonly labels: LabelRanks
  /** Null for a search too large to be kept. */
  readonly scores: DailyScores | null
}

/** An empty memory; `allocate` may give SharedArrayBuffers. */
export function allocateWalk(
  walk: Walk,
  panel: Panel,
  allocate: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes),
): WalkMemory {
  const cells = walk.space.combinations.length * walk.rows.count
  return {
    labels: allocateLabels(panel, walk.rows, allocate),
    scores: cells * BYTES_PER_SCORE > KEPT_BYTES ? null : scoresFor(walk, walk.rows, allocate),
  }
}

/** Empty scores for some rows of a walk. */
export function scoresFor(
  { walkForward, space }: Walk,
  rows: RowSpan,
  allocate: (bytes: number) => ArrayBufferLike = (bytes) => new ArrayBuffer(bytes),
): DailyScores {
  return allocateScores({ metric: walkForward.search.metric, combinations: space.combinations.length, rows }, allocate)
}
