import type { Revoked } from '../../storage/ledger/access/namespace-revoke.ts'
import type { UserRemoval } from '../../storage/progress/redis-user.ts'
import type { Context } from '../context.ts'
import { print } from '../output/print.ts'
import type { GrantFlags } from './grant.ts'
import { redisRemoval, s3Policy } from './policies.ts'
import { withRecord } from './record.ts'

/** As of a cluster that is out of reach. */
const REDIS_AWAY_EXIT = 7

/**
 * `hindcast namespace revoke NS`: takes the login of its runners away, in Postgres and in Redis, and says what is left
 * to do and what stays.
 */
export async function revokeNamespace(context: Context, namespace: string, flags: GrantFlags): Promise<number> {
  const { config } = context
  const store = (text: string | undefined) => (text === undefined ? null : config.parseStore(text))
  const policy = s3Policy(namespace, store(flags.artifacts), store(flags.datasets))
  const revoked = await withRecord(context, 'namespace revoke', (ledger) => ledger.revokeNamespace(namespace))
  const redisUser = await removeUser(config.redisUrl, revoked.role)
  const redisAcl =
    revoked.role === null || redisUser === 'removed' || redisUser === 'absent' ? null : redisRemoval(revoked.role)
  const outcome = { namespace, ...revoked, redisUser, redisAcl, s3Policy: policy }
  await print(context, outcome, () => revokedText(outcome))
  if (context.output === 'table' && !context.quiet) context.terminal.note(remainsText(outcome))
  return redisUser === 'unknown' ? REDIS_AWAY_EXIT : 0
}

/** Null: there is no user to remove, or no REDIS_URL to do it at. */
async function removeUser(url: string | null, role: string | null): Promise<UserRemoval | null> {
  if (url === null || role === null) return null
  const { removeRedisUser } = await import('../../storage/progress/redis-user.ts')
  return await removeRedisUser(url, role)
}

interface Outcome extends Revoked {
  readonly namespace: string
  readonly redisUser: UserRemoval | null
  readonly redisAcl: string | null
  readonly s3Policy: object | null
}

const REDIS_TEXT: Readonly<Record<UserRemoval, string>> = {
  removed: 'removed (where Redis keeps its users in a file, "ACL SAVE" makes it last)',
  absent: 'there was none',
  kept: 'REDIS_URL may not remove users',
  unknown: 'Redis did not answer',
}

function revokedText({ namespace, role, sessions, redisUser, redisAcl, s3Policy: policy }: Outcome): string {
  if (role === null) return `namespace ${namespace} has no login here\n`
  const lines = [
    `Postgres role ${role}: removed, ${sessions} connections cut`,
    `Redis user ${role}: ${redisUser === null ? 'REDIS_URL is not set' : REDIS_TEXT[redisUser]}`,
    ...(redisAcl === null ? [] : ['', '# Redis 6 or newer, as its administrator:', redisAcl]),
    ...(policy === null ? [] : ['', '# What the S3 key of the namespace may do until you take it back:']),
    ...(policy === null ? [] : [JSON.stringify(policy, null, 2)]),
  ]
  return `${lines.join('\n')}\n`
}

function remainsText({ namespace, role, jobs, active, s3Policy: policy }: Outcome): string {
  const running = active === 0 ? '' : `, ${active} of them wait or run and will fail without a login`
  const lines = [
    `What remains of ${namespace}: ${jobs} jobs in the record${running}; their files in the store.`,
    ...(role === null ? [] : ['Its Secret hindcast-runner opens nothing in Postgres any more: delete it.']),
    ...(policy === null ? ['Its S3 key still opens its prefix of the bucket, if it has one: delete the key.'] : []),
    'Without it in the value "namespaces" of the chart the operator follows it no longer.',
  ]
  return `${lines.join('\n')}\n`
}
