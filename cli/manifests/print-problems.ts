import { ERRORS } from '../../core/errors.ts'
import type { Problem } from '../../crds/index.ts'
import type { Context } from '../context.ts'
import { formatFault } from '../failure.ts'

/** A manifest that is wrong in itself is always wrong usage, whatever its field would mean elsewhere. */
const INVALID_EXIT = ERRORS.config_invalid.cli

/** Prints problems as `file:line:column: error: …` and gives the exit code: 0 when there are none. */
export function printProblems(context: Context, problems: readonly Problem[]): number {
  const { terminal } = context
  for (const problem of problems) terminal.note(formatFault(problem, terminal.noteStyle))
  return problems.length === 0 ? 0 : INVALID_EXIT
}

/** Prints what deserves a second look. */
export function printWarnings(context: Context, warnings: readonly Problem[]): void {
  if (context.quiet) return
  const { terminal } = context
  for (const warning of warnings) terminal.note(formatFault(warning, terminal.noteStyle, 'warning'))
}

/** `3 problems in 2 files`. */
export function countOf(problems: readonly Problem[]): string {
  const files = new Set(problems.map((problem) => problem.file)).size
  const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
  return `${plural(problems.length, 'problem')} in ${plural(files, 'file')}`
}
