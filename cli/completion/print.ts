import type { Command, Option } from 'commander'
import type { Context } from '../context.ts'
import { buildProgram, everyCommand, pathOf } from '../program.ts'
import { hidden } from './reference.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

/** Prints the completion script of a shell. */
export async function printCompletion(context: Context, shell: Shell): Promise<number> {
  context.terminal.out(completionScript(shell, context.root))
  return 0
}

/** The script that completes every command and option of the tree that `--help` prints. */
export function completionScript(shell: Shell, root: string): string {
  const program = buildProgram(() => async () => {}, { version: '', root })
  const nodes = everyCommand(program)
    .filter((command) => !hidden(command))
    .map(nodeOf)
  if (shell === 'fish') return fish(nodes)
  return shell === 'bash'
    ? bash(nodes)
    : `#compdef hindcast\nautoload -U +X bashcompinit && bashcompinit\n${bash(nodes)}`
}

/** One command as the scripts need it. */
interface Node {
  /** `dataset import`; the empty text is the program itself. */
  readonly path: string
  readonly commands: readonly (readonly [name: string, summary: string])[]
  readonly options: readonly Option[]
}

function nodeOf(command: Command): Node {
  const help = command.createHelp()
  help.showGlobalOptions = true
  return {
    path: pathOf(command).split(' ').slice(1).join(' '),
    commands: help
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
      .map((child) => [child.name(), child.summary() || child.description()] as const),
    options: [...help.visibleOptions(command), ...(command.parent === null ? [] : help.visibleGlobalOptions(command))],
  }
}

function bash(nodes: readonly Node[]): string {
  const words = nodes.map((node) => {
    const offered = [...node.commands.map(([name]) => name), ...node.options.map((option) => option.long ?? '')]
    return `    ${JSON.stringify(node.path)}) words="${offered.join(' ')}" ;;`
  })
  const known = nodes.map((node) => `|${node.path}|`).join('')
  const choices = [...choicesByOption(nodes)].map(
    ([flag, values]) => `    ${flag}) COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$current")); return ;;`,
  )
  return `_hindcast() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" word words=""
  local known=${JSON.stringify(known)}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ "$known" == *"|\${path:+$path }$word|"* ]]; then path="\${path:+$path }$word"; fi
  done
  case "$previous" in
${choices.join('\n')}
  esac
  case "$path" in
${words.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ "$current" != -* ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _hindcast hindcast
`
}

function choicesByOption(nodes: readonly Node[]): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const option of nodes.flatMap((node) => node.options)) {
    if (option.argChoices !== undefined && option.long) found.set(option.long, option.argChoices)
    if (option.argChoices !== undefined && option.short) found.set(option.short, option.argChoices)
  }
  return found
}

function fish(nodes: readonly Node[]): string {
  const lines: string[] = []
  for (const node of nodes) {
    const steps = node.path === '' ? [] : node.path.split(' ')
    const seen = steps.map((step) => `__fish_seen_subcommand_from ${step}`)
    const below = node.commands.map(([name]) => name).join(' ')
    const condition = [...seen, ...(below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`])].join('; and ')
    const when = condition === '' ? '' : ` -n ${quote(condition)}`
    for (const [name, summary] of node.commands)
      lines.push(`complete -c hindcast -f${when} -a ${name} -d ${quote(summary)}`)
    for (const option of node.options) lines.push(fishOption(option, seen.join('; and ')))
  }
  return `${[...new Set(lines)].join('\n')}\n`
}

function fishOption(option: Option, condition: string): string {
  const parts = ['complete -c hindcast']
  if (condition !== '') parts.push(`-n ${quote(condition)}`)
  if (option.short) parts.push(`-s ${option.short.slice(1)}`)
  if (option.long) parts.push(`-l ${option.long.slice(2)}`)
  if (option.argChoices !== undefined) parts.push(`-x -a ${quote(option.argChoices.join(' '))}`)
  else if (option.required || option.optional) parts.push('-r')
  parts.push(`-d ${quote(option.description)}`)
  return parts.join(' ')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`
}
