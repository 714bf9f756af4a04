import type { WindowSearch } from '../../../core/evidence/walk-facts.ts'
import type { PinnedWalkForward } from '../../../core/plan.ts'
import type { AlphaParameters } from '../../../core/request.ts'
import type { Numbers } from '../../charts/scale.ts'
import type { DataPart, IcSeries, Provenance, ResultHead, ReturnSeries, Said, Scalars } from '../model.ts'

/** Everything a report shows of one WalkForward: plain data, as `ReportModel` of a Backtest. */
export interface WalkReportModel {
  readonly head: ResultHead
  readonly computation: PinnedWalkForward
  /** Scalars of the walk, then of the stitched test spans under a Backtest's names. */
  readonly metrics: Scalars
  readonly windows: readonly WalkWindow[]
  readonly search: WalkSearch
  readonly stability: readonly ParameterChoice[]
  /** The test spans one after another. */
  readonly ic: IcSeries
  readonly returns: ReturnSeries
  readonly data: DataPart | null
  readonly provenance: Provenance
  readonly warnings: readonly Said[]
}

/** One window; NaN where a number could not be computed. Dates are day numbers, both ends inside. */
export interface WalkWindow {
  readonly id: number
  readonly trainStart: number
  readonly trainEnd: number
  readonly testStart: number
  readonly testEnd: number
  /** What was chosen, by the manifest's names. */
  readonly parameters: AlphaParameters
  /** Score of the choice on the train span; NaN: no try has one, and nothing was chosen. */
  readonly bestScore: number
  readonly trainIc: number
  readonly testIc: number
  readonly testIcir: number
  readonly trainSharpe: number
  readonly testSharpe: number
  /** Rank of the choice on the test span among the combinations with a score there, 1 the worst. */
  readonly chosenRank: number
  readonly rankedCombinations: number
  readonly search: WindowSearch | null
}

export interface WalkSearch {
  /** Parameters searched, by the manifest's names, the order in which they vary: the last one fastest. */
  readonly names: readonly string[]
  /** Values of each, as asked; empty where nothing is searched. */
  readonly ranges: Readonly<Record<string, readonly (number | string)[]>>
  /** Each different combination once. */
  readonly tries: readonly WalkTry[]
}

/** One combination: its scores by window, NaN where it has none. */
export interface WalkTry {
  readonly parameters: AlphaParameters
  readonly train: Numbers
  readonly test: Numbers
}

export interface ParameterChoice {
  readonly name: string
  readonly usual: number | string
  /** Share of the windows with the usual value; of the steps at which the value changed, NaN below two windows. */
  readonly usualShare: number
  readonly distinct: number
  readonly changeShare: number
}
