import type { BlendSpec } from '../../core/request.ts'
import type { Panel } from '../panel.ts'
import { firstRowFrom } from '../point-in-time.ts'
import type { BlendResult, Warning } from '../result.ts'
import { createSignal } from '../signal.ts'
import type { PartSource } from './blend-source.ts'
import { correlateParts, type NamedSignals } from './part-correlation.ts'

/** What is known of a finished blend, and fresh sources of its parts: a source does not go back. */
export interface FinishedBlend {
  readonly panel: Panel
  readonly spec: BlendSpec
  readonly parts: readonly PartSource[]
  /** Panel row of the last run day. */
  readonly lastRow: number
  /** Run days, day numbers. */
  readonly dates: Int32Array
  /** Weights of the parts, NaN where a day has none. [dates × parts] */
  readonly weights: Float64Array
}

/**
 * The result of a blend: its weights, and how alike the raw parts were in the lookback before the last run day, as
 * `pearson:a|b` and `spearman:a|b` for each two parts, and `condition_number`. Computes the parts over one lookback.
 *
 * Source: engine.md 5, step 7.
 */
export function describeBlend(run: FinishedBlend): { readonly blend: BlendResult; readonly warnings: Warning[] } {
  const { dates, weights, spec } = run
  const names = distinctLabels(run.parts.map((part) => part.label))
  const { pearson, spearman, conditionNumber, warnings } = correlateParts(signalsBefore(run, names))
  const correlation: Record<string, number> = {}
  for (let i = 0; i < names.length; i++) {
    for (let j = i + 1; j < names.length; j++) {
      correlation[`pearson:${names[i]}|${names[j]}`] = pearson[i]![j]!
      correlation[`spearman:${names[i]}|${names[j]}`] = spearman[i]![j]!
    }
  }
  correlation.condition_number = conditionNumber
  return {
    blend: { names, dates, weights, correlation },
    warnings: [...equalWeightWarnings(spec.weighting, names.length, weights), ...warnings],
  }
}

/** Says on how many days no part had a score above zero, so that all weigh the same (engine.md T36). */
export function equalWeightWarnings(
  weighting: BlendSpec['weighting'],
  parts: number,
  weights: Float64Array,
): Warning[] {
  if (weighting === 'equal' || parts < 2) return []
  const days = weights.length / parts
  let equal = 0
  for (let k = 0; k < days; k++) {
    if (weights.subarray(k * parts, (k + 1) * parts).every((weight) => weight === 1 / parts)) equal++
  }
  if (equal === 0) return []
  const message =
    `On ${equal} of ${days} days no part has a ${weighting} score above zero, or too few days before it: ` +
    'the parts then weigh the same.'
  return [{ code: 'blend_equal_weights', message }]
}

/** Labels that tell parts apart: the second of two equal ones ends in `#2`. */
export function distinctLabels(labels: readonly string[]): string[] {
  return labels.map((label, p) => {
    const before = labels.slice(0, p).filter((other) => other === label).length
    return before === 0 ? label : `${label}#${before + 1}`
  })
}

/** The raw signals of the calendar days [day - lookback, day) before the last run day. */
function signalsBefore({ panel, spec, parts, lastRow }: FinishedBlend, labels: readonly string[]): NamedSignals[] {
  const names = panel.permnos.length
  const first = firstRowFrom(panel.dates, panel.dates[lastRow]! - spec.lookbackDays)
  const cells = (lastRow - first) * names
  const signal = createSignal(names)
  return parts.map((part, p) => {
    const signals = { values: new Float64Array(cells), state: new Uint8Array(cells) }
    for (let row = first; row < lastRow; row++) {
      part.at(row, signal)
      signals.values.set(signal.values, (row - first) * names)
      signals.state.set(signal.state, (row - first) * names)
    }
    return { name: labels[p]!, signals }
  })
}
