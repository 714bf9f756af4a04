import { HindcastError } from '../core/errors.ts'
import {
  absolutePath,
  DATABASE_URL,
  dnsLabel,
  type Environment,
  type EnvironmentReader,
  environmentReader,
  matching,
  optional,
  REDIS_URL,
  readMode,
  type Variable,
  type Variables,
  whole,
} from '../core/process/environment.ts'
import { parseStore, type StoreConfig } from '../storage/blobs/store-config.ts'
import type { Pace } from './port.ts'

/** What the environment says to the runner in a pod, read once at start. The operator's Job template sets it. */
export interface RunnerConfig {
  /** DATABASE_URL, from the Secret `hindcast-runner`. */
  readonly databaseUrl: string
  /** REDIS_URL, from the same Secret. */
  readonly redisUrl: string
  /** HINDCAST_JOB_ID: 32 hex digits. */
  readonly jobId: string
  /** HINDCAST_ATTEMPT: the attempt this pod may claim. */
  readonly attempt: number
  /** HINDCAST_INDEX, else JOB_COMPLETION_INDEX, which Kubernetes sets in the pods of an Indexed Job; else 0. */
  readonly index: number
  /** HINDCAST_PARALLELISM: pods of the attempt; default 1. */
  readonly parallelism: number
  /** HINDCAST_NAMESPACE, of resource, row and keys. */
  readonly namespace: string
  /** HINDCAST_NAME of the resource, for manifest.json. */
  readonly name: string
  /** HINDCAST_POD_UID, HINDCAST_POD_NAME, HINDCAST_NODE_NAME by the downward API. */
  readonly podUid: string
  readonly podName: string
  readonly nodeName: string | null
  /** HINDCAST_DATASETS and HINDCAST_ARTIFACTS, as `parseStore` reads them: a volume's path or an `s3://` URL. */
  readonly datasets: StoreConfig
  readonly artifacts: StoreConfig
  /** HINDCAST_SCRATCH: the one writable folder besides a volume of artifacts. */
  readonly scratchDir: string
  /** HINDCAST_TERMINATION_LOG: where the termination message goes. */
  readonly terminationLog: string
  /** BACKTEST_JOB_TIMEOUT of this run, seconds. */
  readonly timeoutSeconds: number
  /** BACKTEST_JOB_MEMORY_LIMIT of this run, bytes. */
  readonly memoryLimitBytes: number
  /** HINDCAST_THREADS of the engine; default 1. */
  readonly threads: number
  /** HINDCAST_IMAGE_DIGEST, for manifest.json and the row. */
  readonly imageDigest: string | null
  /** HINDCAST_REQUEST_ID: ties the log lines to the request that asked for the attempt. */
  readonly requestId: string | null
  /** HINDCAST_LOG_LEVEL. */
  readonly logLevel: string
  readonly clocks: RunnerClocks
  /** Test-only pacing of design.md 6; null outside tests. */
  readonly pace: Pace | null
}

/** Every interval of the runner in a pod, milliseconds. */
export interface RunnerClocks {
  /** HINDCAST_BEAT_MS: beats in Redis and looks at the cancel flag. */
  readonly beatMs: number
  /** HINDCAST_ROW_BEAT_MS. */
  readonly rowBeatMs: number
  /** HINDCAST_DATABASE_START_MS: patience with Postgres before the claim. */
  readonly databaseStartMs: number
  /** HINDCAST_COMMIT_TRIES_MS: patience with Postgres at the commit. */
  readonly commitTriesMs: number
  /** HINDCAST_SETTLE_TRIES_MS: patience with Postgres for a failure or a cancel, which the message can tell as well. */
  readonly settleTriesMs: number
  /** HINDCAST_RETRY_FIRST_MS, HINDCAST_RETRY_MOST_MS: the pause between tries, doubling. */
  readonly retryFirstMs: number
  readonly retryMostMs: number
  /** HINDCAST_REDIS_CALL_MS: the longest a call may take. */
  readonly redisCallMs: number
  /** HINDCAST_REDIS_PAUSE_MS: how long Redis is left alone after a failure. */
  readonly redisPauseMs: number
  /** HINDCAST_GRACE_MS: from SIGTERM to the kernel's kill. */
  readonly graceMs: number
}

const DAY_MS = 86_400_000

/** An interval; defaults are the numbers of design.md 3 and platform.md 1.6. */
const clock = (name: string, absent: number): Variable<number> => whole(name, 1, DAY_MS, absent)

const CLOCKS: Variables<RunnerClocks> = {
  beatMs: clock('HINDCAST_BEAT_MS', 5_000),
  rowBeatMs: clock('HINDCAST_ROW_BEAT_MS', 10_000),
  databaseStartMs: clock('HINDCAST_DATABASE_START_MS', 120_000),
  commitTriesMs: clock('HINDCAST_COMMIT_TRIES_MS', 300_000),
  settleTriesMs: clock('HINDCAST_SETTLE_TRIES_MS', 20_000),
  retryFirstMs: clock('HINDCAST_RETRY_FIRST_MS', 1_000),
  retryMostMs: clock('HINDCAST_RETRY_MOST_MS', 30_000),
  redisCallMs: clock('HINDCAST_REDIS_CALL_MS', 1_000),
  redisPauseMs: clock('HINDCAST_REDIS_PAUSE_MS', 30_000),
  graceMs: clock('HINDCAST_GRACE_MS', 15_000),
}

const LEVELS = ['debug', 'info', 'warn', 'error']
/** Most pods an attempt may have (platform.md 1.4), and most threads: a node has no more cores. */
const MOST_PARTS = 64
const GIB = 1024 ** 3

/** What `parseStore` allows stands in its own message. */
const place = (name: string): Variable<string> => ({
  name,
  allowed: 'a path such as /data, file:///data?claim=NAME or s3://BUCKET/PREFIX',
  parse: (text) => text,
})

const PLACES = { datasets: place('HINDCAST_DATASETS'), artifacts: place('HINDCAST_ARTIFACTS') }

/** What is no plain variable of its own. */
type Composed = 'index' | 'datasets' | 'artifacts' | 'clocks' | 'pace'

const VARIABLES: Variables<Omit<RunnerConfig, Composed>> = {
  databaseUrl: DATABASE_URL,
  redisUrl: REDIS_URL,
  jobId: matching('HINDCAST_JOB_ID', /^[0-9a-f]{32}$/, '32 lowercase hex digits'),
  attempt: whole('HINDCAST_ATTEMPT', 1, 2_147_483_647),
  parallelism: whole('HINDCAST_PARALLELISM', 1, MOST_PARTS, 1),
  namespace: dnsLabel('HINDCAST_NAMESPACE'),
  name: dnsLabel('HINDCAST_NAME'),
  podUid: matching('HINDCAST_POD_UID', /^[A-Za-z0-9-]{1,64}$/, "the pod's uid"),
  podName: matching('HINDCAST_POD_NAME', /^[a-z0-9]([a-z0-9.-]{0,252})$/, "the pod's name"),
  nodeName: optional(matching('HINDCAST_NODE_NAME', /^[a-z0-9]([a-z0-9.-]{0,252})$/, "the node's name")),
  scratchDir: absolutePath('HINDCAST_SCRATCH'),
  terminationLog: { ...absolutePath('HINDCAST_TERMINATION_LOG'), absent: '/dev/termination-log' },
  timeoutSeconds: whole('BACKTEST_JOB_TIMEOUT', 300, 14_400, 3_600),
  memoryLimitBytes: whole('BACKTEST_JOB_MEMORY_LIMIT', GIB / 2, 64 * GIB, 4 * GIB),
  threads: whole('HINDCAST_THREADS', 1, MOST_PARTS, 1),
  imageDigest: optional(matching('HINDCAST_IMAGE_DIGEST', /^[\w.:@/-]{1,100}$/, 'at most 100 of A-Za-z0-9._:@/-')),
  requestId: optional(matching('HINDCAST_REQUEST_ID', /^[\w.-]{1,64}$/, 'at most 64 of A-Za-z0-9._-')),
  logLevel: {
    name: 'HINDCAST_LOG_LEVEL',
    absent: 'info',
    allowed: `one of ${LEVELS.join(', ')}`,
    parse: (text) => (LEVELS.includes(text) ? text : undefined),
  },
}

const INDEX = optional(whole('HINDCAST_INDEX', 0, MOST_PARTS - 1))
const COMPLETION_INDEX = optional(whole('JOB_COMPLETION_INDEX', 0, MOST_PARTS - 1))

/** Names of all variables, with what each allows: the reference page and the test of the Job template read it. */
export const RUNNER_VARIABLES: readonly Pick<Variable<unknown>, 'name' | 'allowed'>[] = [
  ...Object.values(VARIABLES),
  ...Object.values(PLACES),
  INDEX,
  COMPLETION_INDEX,
  ...Object.values(CLOCKS),
]

/** Checks every variable and reports all faults in one error that holds no secret; throws `environment_invalid`. */
export function loadRunnerConfig(env: Environment = process.env): RunnerConfig {
  const reader = environmentReader(env)
  const plain = reader.readAll<Omit<RunnerConfig, Composed>>(VARIABLES)
  const given = reader.read(INDEX)
  const index = given ?? reader.read(COMPLETION_INDEX) ?? 0
  if (index >= (plain.parallelism ?? 1)) {
    reader.fault(`HINDCAST_INDEX=${index} lies outside the ${plain.parallelism} pods of HINDCAST_PARALLELISM`)
  }
  const datasets = readPlace(reader, PLACES.datasets, env)
  const artifacts = readPlace(reader, PLACES.artifacts, env)
  const config = {
    ...plain,
    index,
    datasets,
    artifacts,
    clocks: reader.readAll<RunnerClocks>(CLOCKS),
    pace: readMode(reader, env).pace,
  }
  reader.end()
  return Object.freeze(config)
}

/** Where the last words go when the environment is bad: as it says where that can be read, else the default. */
export function terminationLogOf(env: Environment = process.env): string {
  return environmentReader(env).read(VARIABLES.terminationLog)
}

function readPlace(reader: EnvironmentReader, variable: Variable<string>, env: Environment): StoreConfig {
  const text = reader.read(variable)
  try {
    if (text !== undefined) return parseStore(text, env)
  } catch (thrown) {
    if (!(thrown instanceof HindcastError)) throw thrown
    reader.fault(`${variable.name}: ${thrown.message}`)
  }
  return NO_PLACE
}

/** Never used: the reader throws at its end. */
const NO_PLACE: StoreConfig = { kind: 'files', root: '/', claim: null }
