import { ERRORS } from '../../core/errors.ts'
import type { Context } from '../context.ts'
import { describeFailure, expectedError } from '../failure.ts'
import type { EndedRun, RunRecord } from './record.ts'

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
