import {
  absolutePath,
  DATABASE_URL,
  DNS_LABEL,
  dnsLabel,
  type Environment,
  environmentReader,
  matching,
  optional,
  REDIS_URL,
  readMode,
  type Variable,
  type Variables,
  whole,
} from '../core/process/environment.ts'

/** What the environment says to the operator, read once at start. The chart sets it. */
export interface OperatorConfig {
  /** DATABASE_URL of the operator's own role. */
  readonly databaseUrl: string
  /** REDIS_URL of the operator's own user. */
  readonly redisUrl: string
  /** KUBECONFIG: for an operator outside the cluster; null: the service account of its pod. */
  readonly kubeconfig: string | null
  /** HINDCAST_NAMESPACE: the operator's own, where its Lease lies. */
  readonly namespace: string
  /** HINDCAST_NAMESPACES that take part, comma-separated; default the operator's own. */
  readonly namespaces: readonly string[]
  /** HINDCAST_POD_NAME: who holds the Lease; null: made up at start. */
  readonly podName: string | null
  /** HINDCAST_LEASE: name of the Lease. */
  readonly lease: string
  /** HINDCAST_INSTALLATION_ID: whose the database must be; null: whoever's it is. */
  readonly installationId: string | null
  /** HINDCAST_RUNNER_IMAGE, by digest where the registry has one. */
  readonly runnerImage: string
  /** HINDCAST_RUNNER_PULL_POLICY. */
  readonly runnerPullPolicy: string
  /** HINDCAST_CLEANUP_IMAGE: with the command line, for the clean-up of a namespace; null: the operator starts none. */
  readonly cleanupImage: string | null
  /** HINDCAST_RETENTION_DAYS: results are kept so long. */
  readonly retentionDays: number
  /** HINDCAST_STORE of datasets and artifacts. */
  readonly store: Store
  /** HINDCAST_SCRATCH_BYTES: the most a pod may write outside the store. */
  readonly scratchBytes: number
  /** BACKTEST_JOB_MEMORY_LIMIT: where a resource names none, bytes. */
  readonly memoryLimitBytes: number
  /** BACKTEST_JOB_TIMEOUT: where a resource names none, seconds. */
  readonly timeoutSeconds: number
  /** BACKTEST_MAX_WORKERS: slots of each priority. */
  readonly slotsPerPriority: number
  /** HINDCAST_SLOTS: slots in all; default three times those of a priority. */
  readonly slots: number
  /** HINDCAST_WORKERS: resources looked at side by side. */
  readonly workers: number
  /** HINDCAST_KUBE_QPS and HINDCAST_KUBE_BURST: calls a second to the API server, and how many may come at once. */
  readonly kubeQps: number
  readonly kubeBurst: number
  /** HINDCAST_HTTP_PORT of /healthz, /readyz and /metrics; 0: none is opened. */
  readonly httpPort: number
  /** HINDCAST_LOG_LEVEL. */
  readonly logLevel: LogLevel
  readonly clocks: OperatorClocks
  /** HINDCAST_ENV, and the test-only pacing of design.md 6, handed on to the runner's pods. */
  readonly environment: string
  readonly pace: { readonly msPerDate: number; readonly ballastMib: number; readonly ballastDate: number | null } | null
}

/** A claim that pods mount, or a bucket that they reach by the keys in their Secret. */
export type Store = { readonly kind: 'pvc'; readonly claim: string } | { readonly kind: 's3'; readonly url: string }

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Every clock of design.md 3 that is the operator's, milliseconds. */
export interface OperatorClocks {
  /** HINDCAST_RETRY_MS: before the first, second and third retry. */
  readonly retryMs: readonly number[]
  /** HINDCAST_BEAT_LOOK_MS: how often beats are looked at. */
  readonly beatLookMs: number
  /** HINDCAST_BEAT_LOST_MS: a sequence number that stood still this long is a loss. */
  readonly beatLostMs: number
  /** HINDCAST_NO_PROGRESS_MS: beats without progress. */
  readonly noProgressMs: number
  /** HINDCAST_CANCEL_DELETE_MS, _FORCE_MS, _SETTLE_MS: since the request; Job deleted, pod forced, row cancelled. */
  readonly cancelDeleteMs: number
  readonly cancelForceMs: number
  readonly cancelSettleMs: number
  /** HINDCAST_AGEING_MS: waiting this long counts one class of priority more. */
  readonly ageingMs: number
  /** HINDCAST_UNSCHEDULABLE_MS: without a node this long, the resource says so. */
  readonly unschedulableMs: number
  /** HINDCAST_START_LIMIT_MS: without a start this long, it fails. */
  readonly startLimitMs: number
  /** HINDCAST_IMAGE_PULL_MS: an image that cannot be pulled this long fails the attempt. */
  readonly imagePullMs: number
  /** HINDCAST_QUOTA_RETRY_MS: after the namespace's quota refused a Job. */
  readonly quotaRetryMs: number
  /** HINDCAST_RESYNC_MS: every resource is looked at once in it, spread over it; longer where there are many. */
  readonly resyncMs: number
  /** HINDCAST_SWEEP_MS: between looks for resources that are gone. */
  readonly sweepMs: number
  /** HINDCAST_CLEANUP_MS: between two clean-ups of a namespace that nobody asked for. */
  readonly cleanupMs: number
  /** HINDCAST_CLEANUP_SOON_MS: from asking for one until it runs: a runner that was told to go may still tidy up. */
  readonly cleanupSoonMs: number
  /** HINDCAST_STATUS_MS: between two writes of progress into one status. */
  readonly statusMs: number
  /** HINDCAST_LEASE_MS, _RENEW_MS, _RETRY_MS: how long a Lease holds, is fought for, and the pause between tries. */
  readonly leaseMs: number
  readonly leaseRenewMs: number
  readonly leaseRetryMs: number
  /** HINDCAST_DRAIN_MS: from SIGTERM until work in hand is dropped. */
  readonly drainMs: number
  /** HINDCAST_GRACE_MS: of a runner's pod, from SIGTERM to the kernel's kill. */
  readonly graceMs: number
  /** HINDCAST_DEADLINE_ALLOWANCE_MS: a pod's deadline is its timeout and this, for volume and image. */
  readonly deadlineAllowanceMs: number
  /** HINDCAST_NODE_TOLERATION_MS: how long a pod stays on a node that is not ready or not to be reached. */
  readonly nodeTolerationMs: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const GIB = 1024 ** 3
/** platform.md 1.4. */
const MEMORY = [GIB / 2, 64 * GIB] as const
const TIMEOUT = [300, 14_400] as const
const MOST_SLOTS = 10_000

const clock = (name: string, absent: number): Variable<number> => whole(name, 1, 7 * DAY_MS, absent)

/** `60000,300000,900000`. */
function clockList(name: string, absent: readonly number[]): Variable<readonly number[]> {
  return {
    name,
    absent,
    allowed: `${absent.length} whole numbers of milliseconds from 1 to ${DAY_MS}, comma-separated`,
    parse: (text) => {
      const numbers = text.split(',').map((part) => (/^\d{1,9}$/.test(part) ? Number(part) : Number.NaN))
      return numbers.length === absent.length && numbers.every((ms) => ms >= 1 && ms <= DAY_MS) ? numbers : undefined
    },
  }
}

/** Defaults are the numbers of design.md 3, platform.md 1.6 and operator.md 4. */
const CLOCKS: Variables<OperatorClocks> = {
  retryMs: clockList('HINDCAST_RETRY_MS', [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS]),
  beatLookMs: clock('HINDCAST_BEAT_LOOK_MS', 5_000),
  beatLostMs: clock('HINDCAST_BEAT_LOST_MS', 30_000),
  noProgressMs: clock('HINDCAST_NO_PROGRESS_MS', 10 * MINUTE_MS),
  cancelDeleteMs: clock('HINDCAST_CANCEL_DELETE_MS', 10_000),
  cancelForceMs: clock('HINDCAST_CANCEL_FORCE_MS', 20_000),
  cancelSettleMs: clock('HINDCAST_CANCEL_SETTLE_MS', 25_000),
  ageingMs: clock('HINDCAST_AGEING_MS', 30 * MINUTE_MS),
  unschedulableMs: clock('HINDCAST_UNSCHEDULABLE_MS', 15 * MINUTE_MS),
  startLimitMs: clock('HINDCAST_START_LIMIT_MS', DAY_MS),
  imagePullMs: clock('HINDCAST_IMAGE_PULL_MS', 15 * MINUTE_MS),
  quotaRetryMs: clock('HINDCAST_QUOTA_RETRY_MS', 30_000),
  resyncMs: clock('HINDCAST_RESYNC_MS', 10 * MINUTE_MS),
  sweepMs: clock('HINDCAST_SWEEP_MS', HOUR_MS),
  cleanupMs: clock('HINDCAST_CLEANUP_MS', HOUR_MS),
  cleanupSoonMs: clock('HINDCAST_CLEANUP_SOON_MS', 20_000),
  statusMs: clock('HINDCAST_STATUS_MS', 10_000),
  leaseMs: clock('HINDCAST_LEASE_MS', 15_000),
  leaseRenewMs: clock('HINDCAST_LEASE_RENEW_MS', 10_000),
  leaseRetryMs: clock('HINDCAST_LEASE_RETRY_MS', 2_000),
  drainMs: clock('HINDCAST_DRAIN_MS', 10_000),
  graceMs: clock('HINDCAST_GRACE_MS', 15_000),
  deadlineAllowanceMs: clock('HINDCAST_DEADLINE_ALLOWANCE_MS', 7 * MINUTE_MS),
  nodeTolerationMs: clock('HINDCAST_NODE_TOLERATION_MS', 20_000),
}

const LABELS = new RegExp(`^${DNS_LABEL}(?:,${DNS_LABEL})*$`)
const A_STORE = new RegExp(`^(?:pvc:(${DNS_LABEL})|(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[\\w./-]*)?))$`)

function oneOf<const Words extends readonly string[]>(
  name: string,
  words: Words,
  absent: Words[number],
): Variable<Words[number]> {
  return {
    name,
    absent,
    allowed: `one of ${words.join(', ')}`,
    parse: (text) => words.find((word) => word === text),
  }
}

const image = (name: string) => matching(name, /^[\w][\w.:@/-]{0,499}$/, 'NAME@sha256:DIGEST or NAME:TAG')

const STORE: Variable<Store> = {
  name: 'HINDCAST_STORE',
  allowed: 'pvc:CLAIM or s3://BUCKET/PREFIX',
  parse: (text) => {
    const [, claim, address] = A_STORE.exec(text) ?? []
    if (claim !== undefined) return { kind: 'pvc', claim }
    return address === undefined || address.includes('..') ? undefined : { kind: 's3', url: address }
  },
}

const NAMESPACES = optional<readonly string[]>({
  name: 'HINDCAST_NAMESPACES',
  allowed: 'names of namespaces, comma-separated',
  parse: (text) => (LABELS.test(text) ? [...new Set(text.split(','))] : undefined),
})

const SLOTS = optional(whole('HINDCAST_SLOTS', 1, MOST_SLOTS))
const PRIORITIES = 3

type Plain = Omit<OperatorConfig, 'namespaces' | 'slots' | 'clocks' | 'environment' | 'pace'>

const VARIABLES: Variables<Plain> = {
  databaseUrl: DATABASE_URL,
  redisUrl: REDIS_URL,
  kubeconfig: optional(absolutePath('KUBECONFIG')),
  namespace: dnsLabel('HINDCAST_NAMESPACE'),
  podName: optional(matching('HINDCAST_POD_NAME', /^[a-z0-9]([a-z0-9.-]{0,252})$/, "the pod's name")),
  lease: { ...dnsLabel('HINDCAST_LEASE'), absent: 'hindcast-operator' },
  installationId: optional(
    matching('HINDCAST_INSTALLATION_ID', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'a UUID in lower case'),
  ),
  runnerImage: image('HINDCAST_RUNNER_IMAGE'),
  cleanupImage: optional(image('HINDCAST_CLEANUP_IMAGE')),
  retentionDays: whole('HINDCAST_RETENTION_DAYS', 0, 36_500, 90),
  runnerPullPolicy: oneOf('HINDCAST_RUNNER_PULL_POLICY', ['IfNotPresent', 'Always', 'Never'], 'IfNotPresent'),
  store: STORE,
  scratchBytes: whole('HINDCAST_SCRATCH_BYTES', 1024 ** 2, 1024 * GIB, 10 * GIB),
  memoryLimitBytes: whole('BACKTEST_JOB_MEMORY_LIMIT', ...MEMORY, 4 * GIB),
  timeoutSeconds: whole('BACKTEST_JOB_TIMEOUT', ...TIMEOUT, 3_600),
  slotsPerPriority: whole('BACKTEST_MAX_WORKERS', 1, MOST_SLOTS, 2),
  workers: whole('HINDCAST_WORKERS', 1, 64, 8),
  kubeQps: whole('HINDCAST_KUBE_QPS', 1, 100_000, 200),
  kubeBurst: whole('HINDCAST_KUBE_BURST', 1, 100_000, 400),
  httpPort: whole('HINDCAST_HTTP_PORT', 0, 65_535, 8_080),
  logLevel: oneOf('HINDCAST_LOG_LEVEL', ['debug', 'info', 'warn', 'error'], 'info'),
}

/** Names of all variables, what each allows and what it is when absent: the chart's test and the reference read it. */
export const OPERATOR_VARIABLES: readonly Variable<unknown>[] = [
  ...Object.values<Variable<unknown>>(VARIABLES),
  NAMESPACES,
  SLOTS,
  ...Object.values<Variable<unknown>>(CLOCKS),
]

/** Checks every variable and reports all faults in one error that holds no secret; throws `environment_invalid`. */
export function loadOperatorConfig(env: Environment = process.env): OperatorConfig {
  const reader = environmentReader(env)
  const plain = reader.readAll<Plain>(VARIABLES)
  const clocks = reader.readAll<OperatorClocks>(CLOCKS)
  const config: OperatorConfig = {
    ...plain,
    namespaces: reader.read(NAMESPACES) ?? [plain.namespace],
    slots: reader.read(SLOTS) ?? PRIORITIES * plain.slotsPerPriority,
    clocks: Object.freeze(clocks),
    ...readMode(reader, env),
  }
  for (const [first, second] of RISING) {
    if (clocks[first] >= clocks[second]) {
      reader.fault(`${CLOCKS[first].name}=${clocks[first]} must be less than ${CLOCKS[second].name}=${clocks[second]}`)
    }
  }
  reader.end()
  return Object.freeze(config)
}

type PlainClock = Exclude<keyof OperatorClocks, 'retryMs'>

/** Clocks that make sense only in this order. */
const RISING: readonly (readonly [PlainClock, PlainClock])[] = [
  ['cancelDeleteMs', 'cancelForceMs'],
  ['cancelForceMs', 'cancelSettleMs'],
  ['leaseRetryMs', 'leaseRenewMs'],
  ['leaseRenewMs', 'leaseMs'],
  ['beatLookMs', 'beatLostMs'],
]
