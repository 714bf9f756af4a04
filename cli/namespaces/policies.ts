import type { StoreConfig } from '../../storage/blobs/store-config.ts'

/** Commands of a runner (storage/progress), and the one for a URL that names a database. */
const REDIS_COMMANDS = 'ping select mget set del'.split(' ')

/** The line for redis-cli that makes a user of one namespace's keys, and of nothing else. */
export function redisAcl(user: string, password: string, namespace: string): string {
  const commands = REDIS_COMMANDS.map((command) => `+${command}`).join(' ')
  return `ACL SETUSER ${user} reset on >${password} ~backtest:${namespace}:* ${commands}`
}

/** The line for redis-cli that takes such a user away again, and cuts its connections. */
export function redisRemoval(user: string): string {
  return `ACL DELUSER ${user}`
}

/** What an S3 key of a namespace's runners may do; null where neither store is in S3. */
export function s3Policy(
  namespace: string,
  artifacts: StoreConfig | null,
  datasets: StoreConfig | null,
): object | null {
  const statements = [
    ...bucketStatements(artifacts, `${namespace}/`, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject']),
    ...bucketStatements(datasets, '', ['s3:GetObject']),
  ]
  return statements.length === 0 ? null : { Version: '2012-10-17', Statement: statements }
}

/** Objects below one prefix, and the listing of that prefix. */
function bucketStatements(store: StoreConfig | null, below: string, actions: readonly string[]): object[] {
  if (store?.kind !== 's3') return []
  const { bucket, prefix } = store
  return [
    { Effect: 'Allow', Action: actions, Resource: `arn:aws:s3:::${bucket}/${prefix}${below}*` },
    {
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: { StringLike: { 's3:prefix': `${prefix}${below}*` } },
    },
  ]
}
