import { formatIsoDate } from '../../core/dates.ts'
import type { Attempt } from '../../storage/ledger/ledger.ts'
import type { OperatorConfig } from '../config.ts'
import type { ResourceFacts } from '../reconcile/types.ts'
import { placesOf, SCRATCH } from './places.ts'

/** The one Secret of a namespace, worth no more than the namespace. */
const SECRET = 'hindcast-runner'
const MOST_THREADS = 64

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: object
}

/** The environment of a runner's pod (runner/config.ts reads it). A secret is a reference in it, never a value. */
export function runnerEnvironment({
  resource,
  requestId,
  opened,
  config,
}: {
  readonly resource: ResourceFacts
  readonly requestId: string | null
  readonly opened: Attempt
  readonly config: OperatorConfig
}): readonly Variable[] {
  const { artifacts, datasets } = placesOf(config.store)
  const tied = opened.requestId ?? requestId
  return [
    fromSecret('DATABASE_URL'),
    fromSecret('REDIS_URL'),
    ...(config.store.kind === 's3' ? STORE_KEYS : []),
    fromPod('HINDCAST_POD_UID', 'metadata.uid'),
    fromPod('HINDCAST_POD_NAME', 'metadata.name'),
    fromPod('HINDCAST_NODE_NAME', 'spec.nodeName'),
    plain('HINDCAST_JOB_ID', opened.jobId),
    plain('HINDCAST_ATTEMPT', opened.attempt),
    plain('HINDCAST_PARALLELISM', opened.parallelism),
    plain('HINDCAST_NAMESPACE', resource.namespace),
    plain('HINDCAST_NAME', resource.name),
    plain('HINDCAST_ARTIFACTS', artifacts),
    plain('HINDCAST_DATASETS', datasets),
    plain('HINDCAST_SCRATCH', SCRATCH),
    plain('BACKTEST_JOB_TIMEOUT', opened.timeout),
    plain('BACKTEST_JOB_MEMORY_LIMIT', opened.memoryLimit ?? config.memoryLimitBytes),
    plain('HINDCAST_THREADS', Math.min(MOST_THREADS, Math.max(1, Math.floor(opened.cpu ?? 1)))),
    plain('HINDCAST_IMAGE_DIGEST', digestOf(config.runnerImage)),
    plain('HINDCAST_GRACE_MS', config.clocks.graceMs),
    plain('HINDCAST_LOG_LEVEL', config.logLevel),
    ...(tied === null ? [] : [plain('HINDCAST_REQUEST_ID', tied)]),
    ...testVariables(config),
  ]
}

/** The last three may stand in the Secret, or be left to their defaults. */
const STORE_KEYS: readonly Variable[] = [
  fromSecret('HINDCAST_S3_ACCESS_KEY_ID'),
  fromSecret('HINDCAST_S3_SECRET_ACCESS_KEY'),
  fromSecret('HINDCAST_S3_SESSION_TOKEN', true),
  fromSecret('HINDCAST_S3_ENDPOINT', true),
  fromSecret('HINDCAST_S3_REGION', true),
]

function plain(name: string, value: string | number): Variable {
  return { name, value: String(value) }
}

/** `optional`: its absence is no reason for the pod to wait. */
function fromSecret(key: string, optional = false): Variable {
  return { name: key, valueFrom: { secretKeyRef: { name: SECRET, key, ...(optional ? { optional } : {}) } } }
}

function fromPod(name: string, fieldPath: string): Variable {
  return { name, valueFrom: { fieldRef: { fieldPath } } }
}

/** `sha256:…` of an image named by digest, else the name itself, from its end. */
function digestOf(image: string): string {
  const digest = image.split('@')[1] ?? image
  return digest.slice(-100)
}

/** Only an operator that is itself in test mode hands the test's pacing on; a runner elsewhere would refuse it. */
function testVariables({ environment, pace }: OperatorConfig): readonly Variable[] {
  if (environment !== 'test') return []
  if (pace === null) return [plain('HINDCAST_ENV', environment)]
  const { msPerDate, ballastMib, ballastDate } = pace
  return [
    plain('HINDCAST_ENV', environment),
    plain('HINDCAST_TEST_PACE_MS', msPerDate),
    ...(ballastDate === null
      ? []
      : [plain('HINDCAST_TEST_BALLAST_MIB', `${ballastMib}@${formatIsoDate(ballastDate)}`)]),
  ]
}
