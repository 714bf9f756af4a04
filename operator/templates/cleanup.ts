import type { KubeObject } from '../../kube/object.ts'
import type { OperatorConfig } from '../config.ts'
import { LABELS } from '../observe/workloads.ts'
import { placesOf, SCRATCH, STORE } from './places.ts'
import { ACCOUNT, CONTAINER_SECURITY, POD_SECURITY } from './pod-security.ts'

/** One at a time in a namespace: whoever comes second finds the name taken. */
export const CLEANUP_NAME = 'hindcast-cleanup'
/** A finished one makes room for the next so soon. */
const TTL_SECONDS = 30
/** A clean-up that hangs must not stand in the way of the next for ever. */
const DEADLINE_SECONDS = 1_800
const MEMORY = '512Mi'
const CPU = '100m'

/**
 * The Job that removes what killed runners left, what was asked to be purged and what is past its retention, with the
 * namespace's own account and keys. None of ours by its label: it holds no slot.
 */
export function cleanupJob(namespace: string, image: string, config: OperatorConfig): KubeObject {
  const { store } = config
  const labels = { 'app.kubernetes.io/name': CLEANUP_NAME, [LABELS.managedBy]: CLEANUP_NAME }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: CLEANUP_NAME, namespace, labels },
    spec: {
      backoffLimit: 0,
      ttlSecondsAfterFinished: TTL_SECONDS,
      activeDeadlineSeconds: DEADLINE_SECONDS,
      template: {
        // The pod is bound by the NetworkPolicy of the runners; the Job is none of those that are counted.
        metadata: { labels: { ...labels, [LABELS.managedBy]: 'hindcast' } },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: ACCOUNT,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          priorityClassName: 'hindcast-low',
          securityContext: POD_SECURITY,
          containers: [container(namespace, image, config)],
          volumes: [
            { name: 'scratch', emptyDir: {} },
            ...(store.kind === 'pvc' ? [{ name: 'store', persistentVolumeClaim: { claimName: store.claim } }] : []),
          ],
        },
      },
    },
  }
}

function container(namespace: string, image: string, { store, retentionDays, runnerPullPolicy }: OperatorConfig) {
  const secret = (name: string, optional = false) => ({
    name,
    valueFrom: { secretKeyRef: { name: ACCOUNT, key: name, ...(optional ? { optional } : {}) } },
  })
  return {
    name: 'cleanup',
    image,
    imagePullPolicy: runnerPullPolicy,
    args: ['cleanup', '--database', '--older-than', String(retentionDays), '-o', 'json'],
    env: [
      secret('DATABASE_URL'),
      ...(store.kind === 's3' ? STORE_KEYS.map((name) => secret(name, true)) : []),
      { name: 'HINDCAST_NAMESPACE', value: namespace },
      { name: 'HINDCAST_ARTIFACTS', value: placesOf(store).artifacts },
      { name: 'HINDCAST_SCRATCH', value: SCRATCH },
    ],
    resources: { requests: { cpu: CPU, memory: MEMORY }, limits: { memory: MEMORY } },
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [
      { name: 'scratch', mountPath: SCRATCH },
      ...(store.kind === 'pvc' ? [{ name: 'store', mountPath: STORE }] : []),
    ],
  }
}

const STORE_KEYS = [
  'HINDCAST_S3_ACCESS_KEY_ID',
  'HINDCAST_S3_SECRET_ACCESS_KEY',
  'HINDCAST_S3_SESSION_TOKEN',
  'HINDCAST_S3_ENDPOINT',
  'HINDCAST_S3_REGION',
]
