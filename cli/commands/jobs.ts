import { type Command, Option } from 'commander'
import type { Act } from '../program.ts'
import { examples, JOB_ARGUMENT } from './examples.ts'

const STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled']

/** `hindcast list | get | watch | wait` */
export function defineJobs(program: Command, act: Act): void {
  const list = program
    .command('list')
    .alias('ls')
    .summary('jobs of this home, newest first')
    .description('Lists the jobs of this home, newest first.')
    .addOption(new Option('--status <status>', 'only jobs in this state').choices(STATUSES))
    .option('--alpha <name>', 'only jobs of this alpha')
    .option('-n, --namespace <namespace>', 'only jobs of this namespace')
    .option('--from <date>', 'created on this day or later, YYYY-MM-DD')
    .option('--to <date>', 'created on this day or before, YYYY-MM-DD')
    .option('--limit <n>', 'at most this many, 1 to 500', '50')
    .action(act(async () => (await import('../jobs/list.ts')).listJobs))
  examples(list, [['hindcast list'], ['hindcast list --status failed'], ['hindcast list --alpha momentum -o json']])
  const get = program
    .command('get')
    .summary('one job: state, figures, files')
    .description('Shows one job: its state, its attempts and, once completed, the summary that "run" printed.')
    .argument('<job>', JOB_ARGUMENT)
    .action(act(async () => (await import('../jobs/get.ts')).getJob))
  examples(get, [['hindcast get momentum-sp500'], ['hindcast get 7d1f0c2a -o yaml']])
  const watch = program
    .command('watch')
    .summary('follow a job until it ends')
    .description('Prints the progress of a job that another process of this home runs, until it ends.')
    .argument('<job>', JOB_ARGUMENT)
    .action(act(async () => (await import('../jobs/wait.ts')).watchJob))
  examples(watch, [['hindcast watch momentum-sp500']])
  const wait = program
    .command('wait')
    .summary('wait until a job ends')
    .description(
      'Waits until a job ends. Exits 0 when it completed, with the code of its failure, or 124 after the timeout.',
    )
    .argument('<job>', JOB_ARGUMENT)
    .option('--timeout <seconds>', 'give up after this long', '3600')
    .action(act(async () => (await import('../jobs/wait.ts')).waitForJob))
  examples(wait, [['hindcast wait momentum-sp500 --timeout 600']])
}
