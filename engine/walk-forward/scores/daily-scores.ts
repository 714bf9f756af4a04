import type { SearchMetric } from '../../../core/request.ts'
import { hitRate } from '../../metrics/hit-rate.ts'
import { icir, meanIc } from '../../metrics/icir.ts'
import { MIN_PAIRS } from '../../metrics/rank-ic.ts'
import type { Signal } from '../../signal.ts'
import type { RowSpan } from '../plan-walk.ts'
import { hitsOfLabels, type JoinRoom, type LabelRanks, rankIcOfLabels } from './label-ranks.ts'

/**
 * What the metric of a search needs of every combination and date, and nothing else; may lie on shared memory. Cell
 * (c, k) stands at `c · days + k`. Every cell depends on the panel alone.
 */
export interface DailyScores {
  readonly metric: SearchMetric
  readonly rows: RowSpan
  /** 1 where all combinations of a date are there, [days]. */
  readonly known: Uint8Array
  /** Rank IC, NaN below 30 pairs; empty for hit_rate. */
  readonly rankIc: Float64Array
  /** 1 where the date has a row in the daily IC table (engine.md 3.4); empty for hit_rate. */
  readonly inTable: Uint8Array
  /** Counts of metrics/hit-rate.ts; empty for the others. */
  readonly pairs: Int32Array
  readonly signed: Int32Array
  readonly hits: Int32Array
}

/** Bytes of a cell: what a walk may keep is decided by it. */
export const BYTES_PER_SCORE = 12

export interface ScoreSize {
  readonly metric: SearchMetric
  readonly combinations: number
  readonly rows: RowSpan
}

export function allocateScores(
  { metric, combinations, rows }: ScoreSize,
  allocate: (bytes: number) => ArrayBufferLike,
): DailyScores {
  const cells = combinations * rows.count
  const [ics, counts] = metric === 'hit_rate' ? [0, cells] : [cells, 0]
  return {
    metric,
    rows,
    known: new Uint8Array(allocate(rows.count)),
    rankIc: new Float64Array(allocate(8 * ics)),
    inTable: new Uint8Array(allocate(ics)),
    pairs: new Int32Array(allocate(4 * counts)),
    signed: new Int32Array(allocate(4 * counts)),
    hits: new Int32Array(allocate(4 * counts)),
  }
}

/** One signal of a combination on a panel row, and its labels. */
export interface Scored {
  readonly combination: number
  readonly row: number
  readonly signal: Signal
  readonly labels: LabelRanks
}

/** Writes one cell. */
export function writeScore(scores: DailyScores, { combination, row, signal, labels }: Scored, room: JoinRoom): void {
  const cell = combination * scores.rows.count + row - scores.rows.first
  const k = row - labels.rows.first
  if (scores.metric === 'hit_rate') {
    const counted = hitsOfLabels(signal, labels, k)
    scores.pairs[cell] = counted.pairs
    scores.signed[cell] = counted.signed
    scores.hits[cell] = counted.hits
    return
  }
  scores.inTable[cell] = signal.rows >= MIN_PAIRS ? 1 : 0
  scores.rankIc[cell] = rankIcOfLabels(signal, labels, k, room)
}

/** The metric of a combination over a span of rows: the bits that a whole Backtest of those days reports. */
export function scoreOver(scores: DailyScores, combination: number, span: RowSpan): number {
  const from = combination * scores.rows.count + span.first - scores.rows.first
  const to = from + span.count
  if (scores.metric === 'hit_rate') {
    return hitRate({
      pairs: sumOf(scores.pairs, from, to),
      signed: sumOf(scores.signed, from, to),
      hits: sumOf(scores.hits, from, to),
    })
  }
  const table = scores.rankIc.subarray(from, to).filter((_, k) => scores.inTable[from + k] === 1)
  return scores.metric === 'icir' ? icir(table) : meanIc(table)
}

/**
 * A combination's score day by day over a span, for what counts trials: the rank IC, or the day's share of hits less
 * one half; NaN on a day without one. [days]
 */
export function dailySeries(scores: DailyScores, combination: number, span: RowSpan): Float64Array {
  const from = combination * scores.rows.count + span.first - scores.rows.first
  const day = (k: number) => {
    if (scores.metric === 'hit_rate') return scores.hits[from + k]! / scores.signed[from + k]! - 0.5
    return scores.inTable[from + k] === 1 ? scores.rankIc[from + k]! : Number.NaN
  }
  return Float64Array.from({ length: span.count }, (_, k) => day(k))
}

function sumOf(values: Int32Array, from: number, to: number): number {
  let total = 0
  for (let i = from; i < to; i++) total += values[i]!
  return total
}
