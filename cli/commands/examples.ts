import type { Command } from 'commander'

/** Adds the examples that `--help` ends with: the command line and, where it needs one, a word on what it does. */
export function examples(command: Command, lines: readonly (readonly [line: string, does?: string])[]): Command {
  const widest = Math.max(0, ...lines.filter(([, does]) => does !== undefined).map(([line]) => line.length))
  const shown = lines.map(([line, does]) =>
    does === undefined ? `  $ ${line}` : `  $ ${line.padEnd(widest)}  # ${does}`,
  )
  return command.addHelpText('after', `\nExamples:\n${shown.join('\n')}`)
}

/** What every command that takes a job says of its argument. */
export const JOB_ARGUMENT = 'job id, a unique beginning of one (4 digits or more), NAME or NAMESPACE/NAME'
