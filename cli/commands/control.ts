import type { Command } from 'commander'
import type { Act } from '../program.ts'
import { examples, JOB_ARGUMENT } from './examples.ts'

/** `hindcast cancel | rerun` */
export function defineControl(program: Command, act: Act): void {
  const cancel = program
    .command('cancel')
    .summary('stop a job')
    .description('Stops a job. One that another process of this home runs ends within seconds and leaves no files.')
    .argument('<job>', JOB_ARGUMENT)
    .action(act(async () => (await import('../jobs/cancel.ts')).cancelJob))
  examples(cancel, [['hindcast cancel momentum-sp500']])
  const rerun = program
    .command('rerun')
    .summary('compute a finished job again')
    .description(
      'Computes a finished job again on the same snapshot, under the next attempt. The last good result stays ' +
        'readable until the new one is there.',
    )
    .argument('<job>', JOB_ARGUMENT)
    .option('--threads <n>', 'worker threads of the engine')
    .action(act(async () => (await import('../runs/rerun.ts')).rerun))
  examples(rerun, [['hindcast rerun momentum-sp500']])
}
