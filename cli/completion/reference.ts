import type { Command } from 'commander'
import type { Context } from '../context.ts'
import { buildProgram, everyCommand, pathOf } from '../program.ts'

/** Prints docs/cli.md. */
export async function printReference(context: Context): Promise<number> {
  context.terminal.out(renderReference(context.root))
  return 0
}

/** The reference of the command line as Markdown, taken from what `--help` prints. */
export function renderReference(root: string): string {
  const program = buildProgram(() => async () => {}, { version: '', root })
  const commands = everyCommand(program).filter((command) => !hidden(command))
  const sections = commands.map((command) => {
    const level = command.parent === null ? '#' : '##'
    return `${level} ${pathOf(command)}\n\n\`\`\`text\n${helpOf(command)}\`\`\`\n`
  })
  return `<!-- Written by "hindcast reference"; do not edit. -->\n${sections.join('\n')}`
}

const HELP_COLUMNS = 110

/** `--help` of a command at a fixed width, whatever terminal this is. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
    getOutHelpWidth: () => HELP_COLUMNS,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return text.replace(/[ \t]+$/gm, '')
}

/** Whether `--help` of the parent leaves the command out. */
export function hidden(command: Command): boolean {
  return command.parent !== null && !command.parent.createHelp().visibleCommands(command.parent).includes(command)
}
