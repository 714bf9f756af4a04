import type { Command } from 'commander'
import type { Act } from '../program.ts'
import { examples } from './examples.ts'

/** `hindcast validate FILE...` */
export function defineValidate(program: Command, act: Act): void {
  const command = program
    .command('validate')
    .summary('report every problem of manifests')
    .description(
      'Checks manifests and reports every problem with file, line and column. Runs nothing and needs no home.',
    )
    .argument('<file...>', 'manifests, YAML or JSON, each with one or more documents; "-" is standard input')
    .action(act(async () => (await import('../manifests/validate.ts')).validate))
  examples(command, [
    ['hindcast validate momentum.yaml'],
    ['hindcast validate *.yaml -o json', 'problems as JSON'],
    ['cat momentum.yaml | hindcast validate -'],
  ])
}
