import { ERRORS } from '../../core/errors.ts'
import type { Plan } from '../../core/plan.ts'
import type { Context } from '../context.ts'
import { describeFailure, expectedError } from '../failure.ts'
import type { JobEnd } from '../local/run-job.ts'
import type { EndedRun, RunRecord } from './record.ts'

const UNITS = { Backtest: 'units', WalkForward: 'windows', MonteCarlo: 'blocks of paths' } as const

/** Says what a run took over from an attempt that was stopped, and what of it could not be trusted. */
export function tellUnits(
  context: Context,
  { kind, name }: { readonly kind: Plan['kind']; readonly name: string },
  { units }: JobEnd,
): void {
  if (units === null) return
  const { note, noteStyle } = context.terminal
  if (units.resumed > 0 && !context.quiet) {
    note(`${name}: went on where it had stopped: ${units.resumed} of ${units.total} ${UNITS[kind]} were done\n`)
  }
  for (const { unit, damage } of units.damaged) {
    note(`${name}: ${noteStyle('warn', 'warning:')} stored unit ${unit} was computed again: ${damage}\n`)
  }
}

/** Prints an expected failure and puts it into the record; anything else is thrown on. */
export function tellFailure(context: Context, { thrown, record }: { thrown: unknown; record: RunRecord }): EndedRun {
  const expected = expectedError(thrown)
  if (expected === null || ERRORS[expected.code].family === 'bug') throw thrown
  const style = context.terminal.noteStyle
  const failure = describeFailure(expected, { debug: context.config.debug, style, newId: context.randomId })
  context.terminal.note(`${record.name}: ${failure.text}`)
  const error = { class: expected.code, message: expected.message }
  return { record: { ...record, error }, exitCode: failure.exitCode }
}
