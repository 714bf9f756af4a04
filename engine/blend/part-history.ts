import type { BlendSpec } from '../../core/request.ts'
import { createPairs, joinPairs, MIN_PAIRS, type ReturnsOfDate, rankIcOfPairs } from '../metrics/rank-ic.ts'
import { isZeroSpread, maxAbs, mean, sampleSd } from '../stats.ts'
import type { AlignedDay } from './aligned-day.ts'
import { type SpreadWindow, spreadWindow } from './spread-window.ts'

/** How parts are weighted; the fields of a BlendSpec that decide it. */
export type Weighting = Pick<BlendSpec, 'weighting' | 'lookbackDays' | 'minLookbackDays'>

/** What the parts of a blend did on the days before. */
export interface PartHistory {
  /** Adds a day, in order. `returns` start at its close and must be realised by the close of the next day asked for. */
  add(row: number, day: number, parts: AlignedDay, returns: ReturnsOfDate): void
  /** Weights of the parts on a day, from the days of the lookback before it; days are asked for in order. [parts] */
  weightsOn(day: number): Float64Array
}

/** What a score is taken from: the daily rank ICs of a part inside the lookback, and how much its names move. */
interface PartRecord {
  /** Those that are a number. */
  readonly rankIc: readonly number[]
  deviation(): number | null
}

type Score = (record: PartRecord, weighting: Weighting) => number

/** Score of a part, by weighting; not above zero means: no weight (engine.md 5, step 4). */
const SCORES: Record<BlendSpec['weighting'], Score> = {
  equal: () => 1,
  ic: ({ rankIc }, { minLookbackDays }) => (rankIc.length < minLookbackDays ? 0 : (mean(rankIc) ?? 0)),
  ir: ({ rankIc }, { minLookbackDays }) => (rankIc.length < minLookbackDays ? 0 : meanOverDeviation(rankIc)),
  volParity: ({ deviation }) => inverse(deviation()),
}

/** Whether a weighting looks at the days before at all. */
export function looksBack({ weighting }: Weighting): boolean {
  return weighting !== 'equal'
}

/** An empty history of so many parts over so many names. */
export function createPartHistory(parts: number, names: number, weighting: Weighting): PartHistory {
  const usesIc = weighting.weighting === 'ic' || weighting.weighting === 'ir'
  const usesSpread = weighting.weighting === 'volParity'
  const spreads: SpreadWindow[] = Array.from({ length: usesSpread ? parts : 0 }, () => spreadWindow(names))
  const pairs = createPairs(usesIc ? names : 0)
  const days: number[] = []
  const rows: number[] = []
  const rankIcs: Float64Array[] = []
  let from = 0

  return {
    add(row, day, aligned, returns) {
      days.push(day)
      rows.push(row)
      spreads.forEach((spread, p) => {
        spread.add(row, aligned.parts[p]!)
      })
      if (usesIc) rankIcs.push(Float64Array.from(aligned.parts, (part) => rankIc(part, returns, pairs)))
    },
    weightsOn(day) {
      while (from < days.length && days[from]! < day - weighting.lookbackDays) from++
      const scores = Array.from({ length: parts }, (_, p) =>
        SCORES[weighting.weighting](
          {
            rankIc: rankIcs.slice(from).flatMap((ics) => (Number.isNaN(ics[p]!) ? [] : [ics[p]!])),
            deviation: () => (from < rows.length ? spreads[p]!.meanDeviation(rows[from]!) : null),
          },
          weighting,
        ),
      )
      return shares(scores)
    },
  }
}

/** Positive scores as shares of their sum; equal shares when there is none. */
export function shares(scores: readonly number[]): Float64Array {
  const positive = scores.map((score) => (score > 0 && Number.isFinite(score) ? score : 0))
  const total = positive.reduce((sum, score) => sum + score, 0)
  return Float64Array.from(positive, (score) => (total > 0 ? score / total : 1 / scores.length))
}

function rankIc(part: AlignedDay['parts'][number], returns: ReturnsOfDate, pairs: ReturnType<typeof createPairs>) {
  joinPairs(part, returns, pairs)
  return pairs.count < MIN_PAIRS ? Number.NaN : rankIcOfPairs(pairs)
}

function meanOverDeviation(values: readonly number[]): number {
  const sd = sampleSd(values)
  return sd === null || isZeroSpread(sd, maxAbs(values)) ? 0 : mean(values)! / sd
}

function inverse(deviation: number | null): number {
  return deviation === null || deviation === 0 || Number.isNaN(deviation) ? 0 : 1 / deviation
}
