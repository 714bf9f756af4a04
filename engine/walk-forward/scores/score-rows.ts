import type { AlphaChoice, AlphaParameters, NamedAlpha } from '../../../core/request.ts'
import type { BoundAlpha } from '../../alphas/define-alpha.ts'
import { bindAlpha } from '../../alphas/index.ts'
import { winsorisedSignals } from '../../alphas/pipeline.ts'
import { signalSource } from '../../alphas/signal-source.ts'
import type { Panel } from '../../panel.ts'
import { createView } from '../../point-in-time.ts'
import { createSignal, type Signal, signalScratch } from '../../signal.ts'
import type { RowSpan } from '../plan-walk.ts'
import { type DailyScores, writeScore } from './daily-scores.ts'
import { createLabeller, joinRoom, type LabelRanks } from './label-ranks.ts'

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
    const families = familiesOf(scoring, { from: group, to: group + size, last })
    for (const row of missing) {
      label(row, span.first + span.count)
      for (const family of families) {
        family(row, (combination, signal) => writeScore(scores, { combination, row, signal, labels }, room))
      }
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

/** Hands out the signals of some combinations on a row, one after another. */
type Family = (row: number, use: (combination: number, signal: Signal) => void) => void

/** A group of combinations as families: those that differ in winsorizePct alone share their raw signal. */
function familiesOf({ panel, alpha, combinations }: Scoring, { from, to, last }: Group): Family[] {
  const names = panel.permnos.length
  const signal = createSignal(names)
  if ('blend' in alpha) {
    // A blend has nothing to search, so it is the only one of its group.
    const source = signalSource(alpha, panel, last)
    return [
      (row, use) => {
        source.at(row, signal)
        use(from, signal)
      },
    ]
  }
  const scratch = signalScratch(names)
  // One view for the group: families that look at the same window of returns compute it once.
  const view = createView(panel)
  return alike(alpha, combinations.slice(from, to)).map((members) => {
    const alphas = members.map((member) => member.bound)
    return (row, use) => {
      view.moveTo(row, last)
      winsorisedSignals(alphas, view, { signal, scratch }, (at) => use(from + members[at]!.place, signal))
    }
  })
}

/** A combination's alpha, and its place in the group. */
interface Member {
  readonly bound: BoundAlpha
  readonly place: number
}

function alike(alpha: NamedAlpha, combinations: readonly AlphaParameters[]): Member[][] {
  const families = new Map<string, Member[]>()
  combinations.forEach((combination, place) => {
    const parameters = { ...alpha.parameters, ...combination }
    const key = JSON.stringify({ ...parameters, winsorizePct: null })
    const member = { bound: bindAlpha({ name: alpha.name, parameters }), place }
    families.set(key, [...(families.get(key) ?? []), member])
  })
  const cut = ({ bound }: Member) => bound.pipeline.winsorizePct
  return [...families.values()].map((members) => members.toSorted((a, b) => cut(a) - cut(b)))
}
