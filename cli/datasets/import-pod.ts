import type { KubeObject } from '../../kube/object.ts'
import type { PodObject } from '../../kube/workloads.ts'
import { LABELS } from '../../operator/observe/workloads.ts'
import { placesOf, STORE } from '../../operator/templates/places.ts'
import { ACCOUNT, CONTAINER_SECURITY, POD_SECURITY } from '../../operator/templates/pod-security.ts'

/** What an import pod is made from: the installation's own settings, or the flags of the command. */
export interface ImportPlace {
  readonly image: string
  readonly pullPolicy: string
  readonly claim: string
  /** The most it may take: what a run may that names none. */
  readonly memoryBytes: number
}

/** The only container. */
export const IMPORTER = 'importer'
/** Of every import pod, so that the next push finds what a killed one left. */
export const IMPORT_LABEL = { name: 'app.kubernetes.io/name', value: 'hindcast-import' } as const

const MEMORY_REQUEST = '512Mi'
const CPU_REQUEST = '100m'
/** Nobody streams for longer; a pod whose sender is lost without a word ends then at the latest. */
const DEADLINE_SECONDS = 4 * 3_600

/** Ends the pod 15 s after the last receiver, which ends with its connection. */
const WAIT_FOR_RECEIVERS = `
let idle = 0
process.on('SIGTERM', () => process.exit())
setInterval(() => {
  const processes = require('node:fs').readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))
  idle = processes.length > 1 ? 0 : idle + 1
  if (idle >= 15) process.exit()
}, 1000)`

/**
 * The pod that takes a snapshot onto a claim: as restricted as a runner's, with the same account and image, and without
 * the namespace's Secret, for it writes files and no record.
 */
export function importPod({ namespace, name }: { namespace: string; name: string }, place: ImportPlace): KubeObject {
  const labels = {
    [IMPORT_LABEL.name]: IMPORT_LABEL.value,
    // Bound by the NetworkPolicy of the runners.
    [LABELS.managedBy]: 'hindcast',
  }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: DEADLINE_SECONDS,
      terminationGracePeriodSeconds: 1,
      serviceAccountName: ACCOUNT,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: POD_SECURITY,
      containers: [
        {
          name: IMPORTER,
          image: place.image,
          imagePullPolicy: place.pullPolicy,
          command: ['node', '-e', WAIT_FOR_RECEIVERS],
          resources: {
            requests: { cpu: CPU_REQUEST, memory: MEMORY_REQUEST },
            limits: { memory: String(place.memoryBytes) },
          },
          securityContext: CONTAINER_SECURITY,
          volumeMounts: [{ name: 'store', mountPath: STORE }],
        },
      ],
      volumes: [{ name: 'store', persistentVolumeClaim: { claimName: place.claim } }],
    },
  }
}

/** Where the pod finds the datasets of its claim, as `parseStore` reads it. */
export const storeText = ({ claim }: Pick<ImportPlace, 'claim'>): string => placesOf({ kind: 'pvc', claim }).datasets

/** The command of the runner's image that takes a snapshot from its input. */
export const receiverCommand = (place: Pick<ImportPlace, 'claim'>): readonly string[] => [
  ...['node', '/app/dist/attempt.js', 'receive', storeText(place)],
]

/** What a pod that is to run is doing. */
export type PodStart =
  | { readonly state: 'running' }
  | { readonly state: 'waiting'; readonly why: string }
  | { readonly state: 'failed'; readonly why: string }

/** Reasons of a waiting container that the next minutes do not cure. */
const HOPELESS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
])

/** How far a pod's start has got, and the reason that Kubernetes gives. */
export function podStart({ status }: PodObject): PodStart {
  const container = status?.containerStatuses?.[0]?.state
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') {
    const end = container?.terminated
    return failed(status.reason ?? end?.reason ?? status.phase, status.message ?? end?.message)
  }
  if (container?.running !== undefined) return { state: 'running' }
  const { reason, message } = container?.waiting ?? {}
  if (reason !== undefined) {
    if (HOPELESS.has(reason)) return failed(reason, message)
    return { state: 'waiting', why: said(reason, message) }
  }
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status !== 'False') return { state: 'waiting', why: status?.phase ?? 'Pending' }
  return { state: 'waiting', why: said(scheduled.reason ?? 'Unschedulable', scheduled.message) }
}

const failed = (reason: string, message: string | undefined): PodStart => ({
  state: 'failed',
  why: said(reason, message),
})

const said = (reason: string, message: string | undefined): string => (message ? `${reason}: ${message}` : reason)
