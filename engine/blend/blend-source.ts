import { invariant } from '../../core/invariant.ts'
import type { BlendSpec } from '../../core/request.ts'
import type { ReturnsOfDate } from '../metrics/rank-ic.ts'
import { type Panel, PRESENT } from '../panel.ts'
import { firstRowFrom } from '../point-in-time.ts'
import { createSignal, type Signal, signalScratch } from '../signal.ts'
import { alignParts, combineParts, createAlignedDay } from './aligned-day.ts'
import { createPartHistory, looksBack } from './part-history.ts'

/** A part of a blend: the signal of one alpha by panel row, rows asked for in ascending order. */
export interface PartSource {
  readonly label: string
  at(row: number, into: Signal): void
}

/** A blend as a Backtest uses it, by panel row; the weights are those of the row last asked for. */
export interface BlendSource extends PartSource {
  /** Weights of the parts, [parts]; null where the row has no name that all parts have. */
  readonly partWeights: Float64Array | null
}

/**
 * The composite signal of a blend, rolling: on each row the parts are aligned, normalised and summed with weights from
 * the calendar days [day - lookbackDays, day). Signals of those days are computed too, also those before the first row
 * asked for, so that a row never depends on where a run or a thread started. A day d enters with its rank IC against
 * the return from d to the next close, which every later row already knows.
 *
 * Source: engine.md 5 and T6; docs/decisions/0021. Each start costs the parts over one lookback.
 */
export function blendSource(parts: readonly PartSource[], spec: BlendSpec, panel: Panel): BlendSource {
  const names = panel.permnos.length
  const signals = parts.map(() => createSignal(names))
  const aligned = createAlignedDay(parts.length, names)
  const history = createPartHistory(parts.length, names, spec)
  const nextDay = { values: new Float64Array(names), clear: new Int32Array(names), horizon: 1 }
  const scratch = signalScratch(names)
  let computed = -1
  let partWeights: Float64Array | null = null

  const step = (row: number) => {
    if (computed >= 0 && looksBack(spec)) {
      readNextDay(panel, computed, nextDay)
      history.add(computed, panel.dates[computed]!, aligned, nextDay)
    }
    parts.forEach((part, p) => {
      part.at(row, signals[p]!)
    })
    alignParts(signals, spec.normalize, aligned)
    computed = row
  }
  const firstOfWindow = (row: number) =>
    looksBack(spec) ? firstRowFrom(panel.dates, panel.dates[row]! - spec.lookbackDays) : row
  return {
    label: 'blend',
    get partWeights() {
      return partWeights
    },
    at(row, into) {
      invariant(row >= computed, `row ${row} is asked for after row ${computed}`)
      const from = computed < 0 || !looksBack(spec) ? firstOfWindow(row) : computed + 1
      for (let next = from; next <= row; next++) step(next)
      const weights = history.weightsOn(panel.dates[row]!)
      partWeights = aligned.rows === 0 ? null : weights
      combineParts(aligned, weights, into, scratch)
    },
  }
}

/** Returns from the close of a row to the next, in the arithmetic of every other forward return: (1 + r) - 1. */
function readNextDay(panel: Panel, row: number, into: ReturnsOfDate): void {
  const names = panel.permnos.length
  for (let i = 0; i < names; i++) {
    const cell = (row + 1) * names + i
    const known = (panel.present[cell]! & PRESENT.ret) !== 0
    into.clear[i] = known ? 1 : 0
    into.values[i] = known ? 1 + panel.ret[cell]! - 1 : Number.NaN
  }
}
