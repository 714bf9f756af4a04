import type { Command } from 'commander'
import type { Act } from '../program.ts'
import { examples } from './examples.ts'

/** `hindcast namespace grant | revoke` */
export function defineNamespace(program: Command, act: Act): void {
  const namespace = program
    .command('namespace')
    .summary('let a namespace of a cluster run jobs')
    .description('Prepares what the runners of a namespace log in with, and takes it away.')
  const grant = namespace
    .command('grant')
    .summary('make credentials worth no more than one namespace')
    .description(
      'Makes a PostgreSQL role that sees and writes the rows of one namespace only (DATABASE_URL is of the owner of ' +
        'the tables), and prints it with the Redis user and the S3 policy that go with it: what the Secret ' +
        'hindcast-runner of the namespace holds. Run again, it changes the password.',
    )
    .argument('<namespace>', 'namespace of the cluster')
    .option('--artifacts <store>', 'the store of results, for its policy: s3://bucket/prefix')
    .option('--datasets <store>', 'the store of data, for its policy: s3://bucket/prefix')
    .action(act(async () => (await import('../namespaces/grant.ts')).grantNamespace))
  examples(grant, [
    ['hindcast namespace grant team-a'],
    ['hindcast namespace grant team-a --artifacts s3://bucket/results --datasets s3://bucket/datasets -o json'],
  ])
  const revoke = namespace
    .command('revoke')
    .summary('take the credentials of a namespace away')
    .description(
      'Removes the PostgreSQL role that "namespace grant" made (DATABASE_URL is of the owner of the tables) and cuts ' +
        'its connections, removes its Redis user (REDIS_URL is of an administrator; otherwise the command for one is ' +
        'printed), and says what remains. Runs of the namespace lose the record. No row and no file is removed.',
    )
    .argument('<namespace>', 'namespace of the cluster')
    .option('--artifacts <store>', 'the store of results, to print the policy of its key: s3://bucket/prefix')
    .option('--datasets <store>', 'the store of data, to print the policy of its key: s3://bucket/prefix')
    .action(act(async () => (await import('../namespaces/revoke.ts')).revokeNamespace))
  examples(revoke, [
    ['hindcast namespace revoke team-a'],
    ['hindcast namespace revoke team-a --artifacts s3://bucket/results -o json'],
  ])
}
