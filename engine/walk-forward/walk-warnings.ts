import type { Warning } from '../result.ts'
import type { Aggregate } from './aggregate.ts'
import type { TestRun } from './compute-unit.ts'
import type { WindowResult } from './merge-units.ts'
import type { Walk } from './plan-walk.ts'

interface Merged {
  readonly windows: readonly WindowResult[]
  readonly aggregated: Aggregate
  /** The test run of each window, null where nothing was chosen. */
  readonly runs: readonly (TestRun | null)[]
}

/** What a reader must know before believing a walk, in a fixed order; then what the test runs warn of, by code. */
export function walkWarnings(walk: Walk, merged: Merged): Warning[] {
  return [
    trainOverlap(walk),
    unscored(merged),
    nanWindows(merged),
    oneWindow(merged),
    undetermined(merged),
    signFlip(merged),
    repeatedTries(walk),
    ...ofRuns(merged),
  ].filter((warning) => warning !== null)
}

function trainOverlap({ walkForward }: Walk): Warning | null {
  const { trainMonths, stepMonths } = walkForward.windows
  if (stepMonths >= trainMonths) return null
  const message =
    `Train windows of two steps share ${trainMonths - stepMonths} of ${trainMonths} months, ` +
    'so their choices are not independent.'
  return { code: 'train_overlap', message }
}

function unscored({ windows }: Merged): Warning | null {
  const ids = windows.filter((window) => Number.isNaN(window.bestScore)).map((window) => window.id)
  if (ids.length === 0) return null
  const message = `${named(ids)}: no try has a score on the train span, so nothing was chosen and nothing was tested.`
  return { code: 'windows_without_score', message }
}

function nanWindows({ aggregated: { nanWindows: ids } }: Merged): Warning | null {
  if (ids.length === 0) return null
  return { code: 'nan_windows', message: `${named(ids)}: the test IC is not a number; the aggregates leave it out.` }
}

function oneWindow({ aggregated: { validWindows } }: Merged): Warning | null {
  if (validWindows > 1) return null
  const message = `${validWindows} window(s) with a test IC: there is no spread between windows, so test_icir is NaN.`
  return { code: 'few_windows', message }
}

function undetermined({ aggregated: { overfittingRatio } }: Merged): Warning | null {
  if (!Number.isNaN(overfittingRatio)) return null
  return { code: 'overfitting_undetermined', message: 'The overfitting ratio is NaN: is_overfit says nothing.' }
}

function signFlip({ aggregated: { signFlip: flipped, trainIc, testIc } }: Merged): Warning | null {
  if (!flipped) return null
  const message =
    `The mean IC is ${trainIc.toFixed(4)} in sample and ${testIc.toFixed(4)} out of sample: it changes its sign, ` +
    'which the overfitting ratio cannot see.'
  return { code: 'sign_flip', message }
}

function repeatedTries({ space: { tries, combinations } }: Walk): Warning | null {
  if (tries.length === combinations.length) return null
  const message = `The random search drew ${combinations.length} different combinations in ${tries.length} tries.`
  return { code: 'repeated_tries', message }
}

/** One line for each code, with the words of the first window that has it. */
function ofRuns({ runs }: Merged): Warning[] {
  const codes = new Map<string, { ids: number[]; message: string }>()
  runs.forEach((run, id) => {
    for (const { code, message } of run?.warnings ?? []) {
      const held = codes.get(code)
      if (held === undefined) codes.set(code, { ids: [id], message })
      else held.ids.push(id)
    }
  })
  return [...codes].map(([code, { ids, message }]) => ({ code, message: `${named(ids)}: ${message}` }))
}

function named(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'Window' : 'Windows'} ${ids.join(', ')}`
}
