import type { AlphaChoice, NamedAlpha } from '../../core/request.ts'
import { blendSource } from '../blend/blend-source.ts'
import type { Panel } from '../panel.ts'
import { createView } from '../point-in-time.ts'
import { type Signal, signalScratch } from '../signal.ts'
import { bindAlpha } from './index.ts'
import { alphaSignal } from './pipeline.ts'

/** Gives the signal of a panel row; rows are asked for in ascending order, which is the fast way. */
export interface SignalSource {
  /** Name string of engine.md 2.3; `blend` for a blend. */
  readonly label: string
  /** Weights of a blend's parts on the row last asked for; null for a single alpha, and where the row has none. */
  readonly partWeights: Float64Array | null
  at(row: number, into: Signal): void
}

/** The signal of one alpha by panel row. `last`: the last row that will be asked for. */
export function alphaSource(choice: NamedAlpha, panel: Panel, last: number): SignalSource {
  const alpha = bindAlpha(choice)
  const view = createView(panel)
  const scratch = signalScratch(panel.permnos.length)
  return {
    label: alpha.label,
    partWeights: null,
    at(row, into) {
      view.moveTo(row, last)
      alphaSignal(alpha, view, into, scratch)
    },
  }
}

/** The signal that a manifest chooses: of one alpha, or of a blend of several. */
export function signalSource(choice: AlphaChoice, panel: Panel, last: number): SignalSource {
  if (!('blend' in choice)) return alphaSource(choice, panel, last)
  const parts = choice.blend.of.map((part) => alphaSource(part, panel, last))
  return blendSource(parts, choice.blend, panel)
}
