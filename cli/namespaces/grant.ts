import type { Context } from '../context.ts'
import { print } from '../output/print.ts'
import { redisAcl, s3Policy } from './policies.ts'
import { withRecord } from './record.ts'

export interface GrantFlags {
  readonly artifacts?: string
  readonly datasets?: string
}

/** `hindcast namespace grant NS`: a login for its runners, and what to give it in Redis and in the object store. */
export async function grantNamespace(context: Context, namespace: string, flags: GrantFlags): Promise<number> {
  const { config } = context
  const store = (text: string | undefined) => (text === undefined ? null : config.parseStore(text))
  const policy = [store(flags.artifacts), store(flags.datasets)] as const
  const password = context.randomId()
  const role = await withRecord(context, 'namespace grant', (ledger) => ledger.grantNamespace(namespace, password))
  const redis = { user: role, password: context.randomId() }
  const granted = {
    namespace,
    databaseUrl: withLogin(config.databaseUrl as string, role, password),
    redisUrl: config.redisUrl === null ? null : withLogin(config.redisUrl, redis.user, redis.password),
    redisAcl: redisAcl(redis.user, redis.password, namespace),
    s3Policy: s3Policy(namespace, ...policy),
  }
  await print(context, granted, () => grantText(granted))
  if (context.output === 'table' && !context.quiet) {
    context.terminal.note('These are secrets. They belong into the Secret hindcast-runner of the namespace alone.\n')
  }
  return 0
}

/** The same place with another user, and nothing left of the one it was. */
function withLogin(text: string, user: string, password: string): string {
  const url = new URL(text)
  for (const own of ['user', 'password']) url.searchParams.delete(own)
  url.username = user
  url.password = password
  return url.href
}

interface Granted {
  readonly namespace: string
  readonly databaseUrl: string
  readonly redisUrl: string | null
  readonly redisAcl: string
  readonly s3Policy: object | null
}

function grantText({ databaseUrl, redisUrl, redisAcl: acl, s3Policy: policy }: Granted): string {
  const lines = [
    `DATABASE_URL=${databaseUrl}`,
    ...(redisUrl === null ? [] : [`REDIS_URL=${redisUrl}`]),
    '',
    '# Redis 6 or newer, as its administrator:',
    acl,
    ...(policy === null ? [] : ['', '# Policy of the S3 key:', JSON.stringify(policy, null, 2)]),
  ]
  return `${lines.join('\n')}\n`
}
