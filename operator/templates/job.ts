import { invariant } from '../../core/invariant.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Attempt } from '../../storage/ledger/ledger.ts'
import type { Pass } from '../act/context.ts'
import type { OperatorConfig } from '../config.ts'
import { LABELS } from '../observe/workloads.ts'
import type { Observed, ResourceFacts } from '../reconcile/types.ts'
import { CONTAINER, SCRATCH, STORE } from './places.ts'
import { ACCOUNT, CONTAINER_SECURITY, POD_SECURITY } from './pod-security.ts'
import { runnerEnvironment } from './runner-environment.ts'

/** Exit codes of the runner (platform.md 2.6). */
const FENCED = 78
/** What a pod asks of its node's disk; it may use `scratchBytes`. */
const DISK_REQUEST = '64Mi'
/** Labels of Kueue: the only ones of a resource that go to its Job. */
const KUEUE = /^kueue\.x-k8s\.io\/(?:queue-name|priority-class)$/

const NAME_LENGTH = 40
const UID_LENGTH = 8

/** `<name cut to 40>-<8 hex of the uid>-a<attempt>`: at most 61 characters, the same for whoever makes it. */
export function jobNameOf({ name, uid }: Pick<ResourceFacts, 'name' | 'uid'>, attempt: number): string {
  return `${name.slice(0, NAME_LENGTH)}-${uid.replaceAll('-', '').slice(0, UID_LENGTH)}-a${attempt}`
}

/** What the Job of an attempt is made from. Nothing of it is a pod's field: four numbers, names and Kueue's labels. */
export type JobPass = Pick<Pass, 'seen' | 'object' | 'requestId'>

/**
 * The Job of an open attempt (design.md 3, The Job). Built field by field from the attempt's row and the chart's own
 * settings: no image, Secret, account, volume, node or command can come from a resource (operator.md 7, 1 to 5).
 */
export function jobOf(pass: JobPass, attempt: number, config: OperatorConfig): KubeObject {
  const { seen } = pass
  const opened = openAttempt(seen, attempt)
  const { resource } = seen
  const own = ownLabels(resource, opened)
  const queue = queueLabels(pass.object)
  const parallel = opened.parallelism > 1
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobNameOf(resource, attempt),
      namespace: resource.namespace,
      labels: { ...queue, ...own },
      ownerReferences: [
        {
          apiVersion: 'hindcast.dev/v1alpha1',
          kind: resource.kind,
          name: resource.name,
          uid: resource.uid,
          controller: true,
        },
      ],
    },
    spec: {
      // A retry is a new attempt with a Job of its own: the Job never tries again by itself.
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: { rules: FAILURE_RULES },
      completions: opened.parallelism,
      parallelism: opened.parallelism,
      completionMode: parallel ? 'Indexed' : 'NonIndexed',
      suspend: queue[LABELS.queue] !== undefined,
      template: { metadata: { labels: own }, spec: podSpec({ pass, opened, config }) },
    },
  }
}

/** In this order: a pod that was displaced is nobody's failure, and a drain must not read as one of the process. */
const FAILURE_RULES = [
  { action: 'Ignore', onExitCodes: { containerName: CONTAINER, operator: 'In', values: [FENCED] } },
  { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
  { action: 'FailJob', onExitCodes: { containerName: CONTAINER, operator: 'NotIn', values: [0] } },
] as const

interface PodInput {
  readonly pass: JobPass
  readonly opened: Attempt
  readonly config: OperatorConfig
}

function podSpec({ pass, opened, config }: PodInput) {
  const { clocks } = config
  return {
    restartPolicy: 'Never',
    serviceAccountName: ACCOUNT,
    automountServiceAccountToken: false,
    // Every service of the namespace would come in as environment.
    enableServiceLinks: false,
    priorityClassName: `hindcast-${opened.priority}`,
    // The backstop of the runner's own clock: it starts with the pod, before volume and image are there.
    activeDeadlineSeconds: opened.timeout + seconds(clocks.deadlineAllowanceMs),
    terminationGracePeriodSeconds: seconds(clocks.graceMs),
    tolerations: ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: seconds(clocks.nodeTolerationMs),
    })),
    securityContext: POD_SECURITY,
    containers: [container({ pass, opened, config })],
    volumes: volumes(config),
  }
}

/** The image's own entrypoint with no arguments: what to do stands in the environment, and the plan in the row. */
function container({ pass, opened, config }: PodInput) {
  const memory = String(opened.memoryLimit ?? config.memoryLimitBytes)
  const disk = String(config.scratchBytes)
  return {
    name: CONTAINER,
    image: config.runnerImage,
    imagePullPolicy: config.runnerPullPolicy,
    env: runnerEnvironment({ resource: pass.seen.resource, requestId: pass.requestId, opened, config }),
    resources: {
      requests: { cpu: cpuText(opened.cpu ?? 1), memory, 'ephemeral-storage': DISK_REQUEST },
      limits: { memory, 'ephemeral-storage': disk },
    },
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [
      { name: 'scratch', mountPath: SCRATCH },
      ...(config.store.kind === 'pvc' ? [{ name: 'store', mountPath: STORE }] : []),
    ],
    terminationMessagePolicy: 'File',
  }
}

function volumes({ store, scratchBytes }: OperatorConfig) {
  return [
    { name: 'scratch', emptyDir: { sizeLimit: String(scratchBytes) } },
    ...(store.kind === 'pvc' ? [{ name: 'store', persistentVolumeClaim: { claimName: store.claim } }] : []),
  ]
}

function openAttempt(seen: Observed, attempt: number): Attempt {
  invariant(
    seen.record === 'row' && seen.attempt?.attempt === attempt,
    `a Job is made for the newest attempt alone, not for ${attempt}`,
  )
  return seen.attempt
}

/** They select, and tell people; who owns a Job is decided by its owner's uid. */
function ownLabels({ kind }: ResourceFacts, { jobId, attempt, priority }: Attempt): Readonly<Record<string, string>> {
  return {
    [LABELS.jobId]: jobId,
    [LABELS.attempt]: String(attempt),
    'hindcast.dev/kind': kind,
    'hindcast.dev/priority': priority,
    [LABELS.managedBy]: 'hindcast',
  }
}

function queueLabels(object: KubeObject | null): Readonly<Record<string, string>> {
  const labels = Object.entries(object?.metadata.labels ?? {})
  return Object.fromEntries(labels.filter(([key]) => KUEUE.test(key)))
}

/** In thousandths, as Kubernetes counts. */
function cpuText(cores: number): string {
  return `${Math.round(cores * 1000)}m`
}

function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}
