import { meanOfValid } from '../metrics/decay.ts'
import { isZeroSpread, maxAbs, mean, populationSd } from '../stats.ts'

/** The ICs of one window; NaN where it has none. */
export interface WindowIcs {
  readonly trainIc: number
  readonly testIc: number
}

/** Aggregates of a walk. The first four are the reference's (engine.md 8.4), the rest answers trap T13. */
export interface Aggregate {
  /** Mean of the valid test ICs, every window counting alike. */
  readonly testIc: number
  /** That mean over their population deviation; NaN below two windows and without spread. */
  readonly testIcir: number
  /** Size of the mean train IC over the size of the mean test IC: blind to sign, unstable near 0. */
  readonly overfittingRatio: number
  /** False where the ratio is NaN; `overfittingRatio` then says that it is undetermined. */
  readonly isOverfit: boolean
  /** Mean of the train ICs that are a number, over the valid windows. */
  readonly trainIc: number
  /** 1 - mean test / mean train: what the future took away. Null where the train mean is not above 0. */
  readonly degradation: number | null
  /** Whether the means have opposite signs: false when either is NaN or 0. */
  readonly signFlip: boolean
  /** Share of valid windows whose train and test ICs have opposite signs; NaN without one. */
  readonly signFlipShare: number
  /** Share of valid windows with a test IC above 0; NaN without one. */
  readonly positiveWindows: number
  /** Windows with a test IC, and the ids of those without. */
  readonly validWindows: number
  readonly nanWindows: readonly number[]
}

/** Aggregates windows in the order of their ids. A window without a test IC is listed, and counts nowhere else. */
export function aggregateWindows(windows: readonly WindowIcs[], overfittingThreshold: number): Aggregate {
  const valid = windows.filter(({ testIc }) => !Number.isNaN(testIc))
  const tests = valid.map(({ testIc }) => testIc)
  const testIc = mean(tests) ?? Number.NaN
  const trainIc = meanOfValid(Float64Array.from(valid, (window) => window.trainIc))
  const overfittingRatio = testIc === 0 ? Number.NaN : Math.abs(trainIc) / Math.abs(testIc)
  return {
    testIc,
    testIcir: ratioToSpread(tests, testIc),
    overfittingRatio,
    isOverfit: overfittingRatio > overfittingThreshold,
    trainIc,
    degradation: trainIc > 0 && valid.length > 0 ? 1 - testIc / trainIc : null,
    signFlip: oppositeSigns(trainIc, testIc),
    signFlipShare: valid.filter((window) => oppositeSigns(window.trainIc, window.testIc)).length / valid.length,
    positiveWindows: valid.filter((window) => window.testIc > 0).length / valid.length,
    validWindows: valid.length,
    nanWindows: windows.flatMap((window, id) => (Number.isNaN(window.testIc) ? [id] : [])),
  }
}

function ratioToSpread(values: readonly number[], centre: number): number {
  const sd = populationSd(values)
  return sd === null || values.length < 2 || isZeroSpread(sd, maxAbs(values)) ? Number.NaN : centre / sd
}

function oppositeSigns(a: number, b: number): boolean {
  return a * b < 0
}

/** How much the choice of one parameter moved from window to window. */
export interface ParameterStability {
  readonly name: string
  /** The value chosen most often, the earliest where several were, and its share of the windows. */
  readonly usual: number | string
  readonly usualShare: number
  /** Different values chosen. */
  readonly distinct: number
  /** Steps from one window to the next at which the value changed, over all such steps; null below two windows. */
  readonly changeShare: number | null
}

/** Stability of each parameter over the choices of the windows, in order; empty without a parameter or a window. */
export function parameterStability(
  names: readonly string[],
  choices: readonly Readonly<Record<string, number | string>>[],
): ParameterStability[] {
  if (choices.length === 0) return []
  return names.map((name) => {
    const values = choices.map((choice) => choice[name]!)
    const counts = new Map<number | string, number>()
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
    const [usual, times] = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most))
    const changes = values.filter((value, i) => i > 0 && value !== values[i - 1]).length
    const changeShare = values.length < 2 ? null : changes / (values.length - 1)
    return { name, usual, usualShare: times / values.length, distinct: counts.size, changeShare }
  })
}

/**
 * Walk-forward efficiency (Pardo 2008): mean return out of sample over mean return in sample of what was chosen, both
 * annualised; null where the return in sample is not above 0.
 */
export function walkForwardEfficiency(inSample: readonly number[], outOfSample: readonly number[]): number | null {
  const before = mean(inSample)
  const after = mean(outOfSample)
  return before === null || after === null || !(before > 0) ? null : after / before
}
