/** A cluster that is not ours, as the environment describes it. */
export interface GivenSettings {
  /** HINDCAST_TEST_CONTEXT: a context of the kubeconfig. */
  readonly context: string
  /** HINDCAST_TEST_DATABASE_URL: a Postgres that pods and this machine reach, with the right to make databases. */
  readonly databaseUrl: string
  /** HINDCAST_TEST_REDIS_URL: a Redis that pods reach. */
  readonly redisUrl: string
  /** HINDCAST_TEST_IMAGES: the runner's image and the operator's, as nodes can get them. */
  readonly images: { readonly runner: string; readonly operator: string }
  /** HINDCAST_TEST_STORAGE_CLASS of the store's claim; empty: the cluster's default. */
  readonly storageClass: string
  /** HINDCAST_TEST_ACCESS_MODE of the claim. */
  readonly accessMode: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** The word that means kind instead of a context. */
export const KIND = 'kind'

/** Whether the tests run on a cluster that is not ours. */
export const isGiven = (env: Environment = process.env): boolean => Boolean(env.HINDCAST_TEST_CONTEXT)

/** Reads the settings of a given cluster; throws naming everything that is missing. */
export function readSettings(env: Environment = process.env): GivenSettings {
  const read = (name: string) => env[`HINDCAST_TEST_${name}`] ?? ''
  const missing = ['CONTEXT', 'DATABASE_URL', 'REDIS_URL', 'IMAGES'].filter((name) => read(name) === '')
  const [runner = '', operator = '', ...more] = read('IMAGES').split(',')
  const faults = missing.map((name) => `HINDCAST_TEST_${name} is not set`)
  if (missing.length === 0 && (runner === '' || operator === '' || more.length > 0))
    faults.push('HINDCAST_TEST_IMAGES must be two names, RUNNER,OPERATOR')
  if (faults.length > 0) throw new Error(`a given cluster needs more: ${faults.join('; ')}`)
  return {
    context: read('CONTEXT'),
    databaseUrl: read('DATABASE_URL'),
    redisUrl: read('REDIS_URL'),
    images: { runner, operator },
    storageClass: read('STORAGE_CLASS'),
    accessMode: read('ACCESS_MODE') || 'ReadWriteMany',
  }
}
