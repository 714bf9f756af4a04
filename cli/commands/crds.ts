import type { Command } from 'commander'
import type { Act } from '../program.ts'
import { examples } from './examples.ts'

/** `hindcast crds` */
export function defineCrds(program: Command, act: Act): void {
  const command = program
    .command('crds')
    .summary('print the custom resource definitions')
    .description('Prints the custom resource definitions of Hindcast as YAML, for kubectl apply.')
    .action(act(async () => (await import('../manifests/crds.ts')).printCrds))
  examples(command, [['hindcast crds | kubectl apply --server-side -f -']])
}
