import type { Command } from 'commander'
import type { Act } from '../program.ts'
import { examples, JOB_ARGUMENT } from './examples.ts'

/** `hindcast report | compare | export` */
export function defineResults(program: Command, act: Act): void {
  const report = program
    .command('report')
    .summary('write the report of a job as one HTML file')
    .description('Writes the report of a completed job as one HTML file that needs no network.')
    .argument('<job>', JOB_ARGUMENT)
    .requiredOption('--html <file>', 'the file to write')
    .action(act(async () => (await import('../results/report.ts')).writeReport))
  examples(report, [['hindcast report momentum-sp500 --html report.html']])
  const compare = program
    .command('compare')
    .summary('compare the figures of 2 to 20 jobs')
    .description(
      'Compares completed jobs: the fields in which they differ, and their figures with the best one marked. ' +
        'The first job is the reference of every difference.',
    )
    .argument('<jobs...>', '2 to 20 jobs, each named as for "get"')
    .action(act(async () => (await import('../results/compare.ts')).compareJobs))
  examples(compare, [
    ['hindcast compare momentum-sp500 reversal-sp500'],
    ['hindcast compare 7d1f0c2a 91be22d0 -o json'],
  ])
  const exported = program
    .command('export')
    .summary('write the tables of a job as CSV and JSON')
    .description('Writes signals, weights, IC, returns and figures of a completed job as CSV and JSON into a folder.')
    .argument('<job>', JOB_ARGUMENT)
    .argument('<dir>', 'the folder to write; it is made if it is not there')
    .action(act(async () => (await import('../results/export.ts')).exportJob))
  examples(exported, [['hindcast export momentum-sp500 ./momentum']])
}
