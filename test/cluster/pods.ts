import type { TestCluster } from './cluster.ts'
import { waitFor } from './daemons.ts'

/** A Job of one pod that runs a piece of JavaScript under Pod Security `restricted`. */
export interface ScriptJob {
  readonly name: string
  /** Any image with Node; the runner's will do. */
  readonly image: string
  readonly script: string
  readonly namespace?: string
  /** Labels of the pod. */
  readonly labels?: Readonly<Record<string, string>>
  /** A claim mounted at /data. */
  readonly claim?: string
  readonly node?: string
  readonly memory?: string
}

/** The Job as an object to apply. */
export function scriptJob(job: ScriptJob): object {
  const { claim, node, memory = '200Mi' } = job
  const container = {
    name: 'script',
    image: job.image,
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', job.script],
    resources: { limits: { memory } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: claim === undefined ? [] : [{ name: 'data', mountPath: '/data' }],
  }
  const spec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(node === undefined ? {} : { nodeSelector: { 'kubernetes.io/hostname': node } }),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      fsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container],
    volumes: claim === undefined ? [] : [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
  }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: job.name, namespace: job.namespace ?? 'default' },
    spec: { backoffLimit: 0, template: { metadata: { labels: job.labels ?? {} }, spec } },
  }
}

/** A claim on one of the volumes that every node mounts. */
export function sharedClaim(name: string, namespace = 'default'): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: {
      storageClassName: 'shared',
      accessModes: ['ReadWriteMany'],
      resources: { requests: { storage: '1Gi' } },
    },
  }
}

/** Applies objects, whatever their kinds. */
export function apply(cluster: TestCluster, ...objects: readonly object[]): Promise<string> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  return cluster.kubectl(['apply', '-f', '-'], { input })
}

/** Waits for the end of a Job and gives how it ended (`Complete` or `Failed`) and what its pod printed. */
export async function jobEnd(
  cluster: TestCluster,
  name: string,
  { namespace = 'default', limitMs = 60_000 } = {},
): Promise<{ condition: string; log: string }> {
  let condition = ''
  await waitFor(`the end of Job ${name}`, limitMs, async () => {
    const { json } = await cluster.api('GET', `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`)
    const conditions = (json.status?.conditions ?? []) as { type: string; status: string }[]
    condition = conditions.find(({ type }) => type === 'Complete' || type === 'Failed')?.type ?? ''
    return condition !== ''
  })
  const { stdout } = await cluster.tryKubectl(['logs', '-n', namespace, `job/${name}`])
  return { condition, log: stdout }
}

/** The pod of a Job once it is in a phase, as the API server gives it. */
// biome-ignore lint/suspicious/noExplicitAny: a pod has hundreds of fields; a test reads those it asks for
export async function podOfJob(cluster: TestCluster, name: string, phase = 'Running'): Promise<any> {
  const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${name}`)
  // biome-ignore lint/suspicious/noExplicitAny: as above
  let pod: any
  await waitFor(`a pod of Job ${name} to be ${phase}`, 60_000, async () => {
    const { json } = await cluster.api('GET', `/api/v1/pods?labelSelector=${selector}`)
    // biome-ignore lint/suspicious/noExplicitAny: as above
    pod = json.items.find((one: any) => one.status.phase === phase)
    return pod !== undefined
  })
  return pod
}
