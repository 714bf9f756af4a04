import { type Command, Option } from 'commander'
import type { Act } from '../program.ts'
import { examples, JOB_ARGUMENT } from './examples.ts'

/** `hindcast migrate | cleanup` */
export function defineUpkeep(program: Command, act: Act): void {
  const migrate = program
    .command('migrate')
    .summary('bring the records of this home up to date')
    .description('Applies the migrations this home does not have yet. Safe to run twice. Commands do it by themselves.')
    .option('--recover', 'also write the records of results whose files are there and whose record is lost')
    .addOption(
      new Option('--database', 'the record of a cluster at DATABASE_URL, instead of this home').conflicts('recover'),
    )
    .option('--adopt', 'with --database: take over a database that another installation left')
    .action(act(async () => (await import('../upkeep/migrate.ts')).migrate))
  examples(migrate, [['hindcast migrate'], ['hindcast migrate --recover'], ['hindcast migrate --database']])
  const cleanup = program
    .command('cleanup')
    .summary('remove what is past its retention')
    .description(
      'Removes jobs that ended long ago, with their files, and whatever killed processes left behind. Pinned and ' +
        'active jobs are never touched.',
    )
    .option('--older-than <days>', 'days since the newest attempt ended; 0 is everything that ended', '90')
    .option('--dry-run', 'say what would be removed, and remove nothing')
    .option('--pin <job>', `never remove this job: ${JOB_ARGUMENT}`)
    .option('--unpin <job>', 'let this job be removed again')
    .addOption(
      new Option(
        '--database',
        'of a namespace of a cluster instead of this home: DATABASE_URL, HINDCAST_NAMESPACE, HINDCAST_ARTIFACTS',
      ).conflicts(['pin', 'unpin']),
    )
    .action(act(async () => (await import('../upkeep/cleanup.ts')).cleanUp))
  examples(cleanup, [
    ['hindcast cleanup --dry-run'],
    ['hindcast cleanup --older-than 30'],
    ['hindcast cleanup --pin momentum-sp500'],
    ['hindcast cleanup --database --older-than 90'],
  ])
}
