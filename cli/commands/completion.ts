import { Argument, type Command } from 'commander'
import type { Act } from '../program.ts'
import { examples } from './examples.ts'

/** `hindcast completion SHELL`, and the hidden `hindcast reference` that writes docs/cli.md. */
export function defineCompletion(program: Command, act: Act): void {
  const command = program
    .command('completion')
    .summary('print a completion script for a shell')
    .description('Prints a script that completes commands and options.')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .action(act(async () => (await import('../completion/print.ts')).printCompletion))
  examples(command, [
    ['source <(hindcast completion bash)', 'in ~/.bashrc'],
    ['hindcast completion zsh > "$' + '{fpath[1]}/_hindcast"'],
    ['hindcast completion fish > ~/.config/fish/completions/hindcast.fish'],
  ])
  program
    .command('reference', { hidden: true })
    .description('Prints the reference of the command line as Markdown: docs/cli.md.')
    .action(act(async () => (await import('../completion/reference.ts')).printReference))
}
