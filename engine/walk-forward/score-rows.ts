import type { AlphaChoice, AlphaParameters } from '../../core/request.ts'
import { bindAlpha } from '../alphas/index.ts'
import { alphaSignal } from '../alphas/pipeline.ts'
import { signalSource } from '../alphas/signal-source.ts'
import type { Panel } from '../panel.ts'
import { createView } from '../point-in-time.ts'
import { createSignal, type Signal, signalScratch } from '../signal.ts'
import { type DailyScores, writeScore } from './daily-scores.ts'
import { createLabeller, joinRoom, type LabelRanks } from './label-ranks.ts'
import { type RowSpan, withParameters } from './plan-walk.ts'

/** Combinations whose signals are computed side by side, sharing windows of returns; each may hold a tile of them. */
const MOST_SIDE_BY_SIDE = 32
const TILE_BYTES = 64 * 2 ** 20
/** Bytes a name takes in a tile of windows: 128 dates of a value and a count. */
const TILE_BYTES_PER_NAME = 128 * 12

/** What daily scores are made of. */
export interface Scoring {
  readonly panel: Panel
  readonly alpha: AlphaChoice
  /** Parameters laid over the alpha's own. */
  readonly combinations: readonly AlphaParameters[]
  readonly labels: LabelRanks
  readonly scores: DailyScores
}

/** How many steps `scoreRows` will take over a span: one for each date and group of combinations not known yet. */
export function scoringSteps({ combinations, panel, scores }: Scoring, span: RowSpan): number {
  const groups = Math.ceil(combinations.length / sideBySide(panel))
  return groups * missingRows(scores, span).length
}

/**
 * Fills in the daily scores of all combinations over a span of rows, those that are not known yet, and yields the day
 * number after each date of each group of combinations. Any split of the rows gives the same bytes.
 */
export function* scoreRows(scoring: Scoring, span: RowSpan): Generator<number, void> {
  const { panel, combinations, labels, scores } = scoring
  const missing = missingRows(scores, span)
  if (missing.length === 0) return
  const last = missing.at(-1)!
  const label = createLabeller(panel, labels)
  const room = joinRoom(panel.permnos.length)
  const size = sideBySide(panel)
  for (let group = 0; group < combinations.length; group += size) {
    const signals = signalsOf(scoring, { from: group, to: group + size, last })
    for (const row of missing) {
      label(row, span.first + span.count)
      signals.forEach((at, i) => {
        writeScore(scores, { combination: group + i, row, signal: at(row), labels }, room)
      })
      yield panel.dates[row]!
    }
  }
  for (const row of missing) scores.known[row - scores.rows.first] = 1
}

function missingRows({ known, rows }: DailyScores, span: RowSpan): number[] {
  const all = Array.from({ length: span.count }, (_, k) => span.first + k)
  return all.filter((row) => known[row - rows.first] === 0)
}

function sideBySide(panel: Panel): number {
  const fitting = Math.floor(TILE_BYTES / (TILE_BYTES_PER_NAME * Math.max(1, panel.permnos.length)))
  return Math.max(1, Math.min(MOST_SIDE_BY_SIDE, fitting))
}

interface Group {
  readonly from: number
  readonly to: number
  readonly last: number
}

/** The signals of a group of combinations by row; each is valid until the next one is asked for. */
function signalsOf({ panel, alpha, combinations }: Scoring, { from, to, last }: Group): ((row: number) => Signal)[] {
  const names = panel.permnos.length
  const signal = createSignal(names)
  const scratch = signalScratch(names)
  // One view for the group: combinations that look at the same window of returns compute it once.
  const view = createView(panel)
  return combinations.slice(from, to).map((combination) => {
    const choice = withParameters(alpha, combination)
    if ('blend' in choice) {
      const source = signalSource(choice, panel, last)
      return (row) => {
        source.at(row, signal)
        return signal
      }
    }
    const bound = bindAlpha(choice)
    return (row) => {
      view.moveTo(row, last)
      alphaSignal(bound, view, signal, scratch)
      return signal
    }
  })
}
