import { setTimeout as sleep } from 'node:timers/promises'
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

/** What cannot be answered right now is asked again for so long. */
export const ANSWER_LIMIT_MS = 60_000
const AGAIN_MS = 500
/** How kubectl says that the API server or its store gave no answer; a refusal reads otherwise. */
const UNANSWERED =
  /connection refused|was refused -|reset by peer|timed out|timeout\b|deadline exceeded|etcdserver|\bEOF\b/i

/** Applies objects, whatever their kinds; again where there was no answer, since that asks for the same. */
export async function apply(cluster: TestCluster, ...objects: readonly object[]): Promise<string> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
  const command = ['apply', '-f', '-']
  const until = performance.now() + ANSWER_LIMIT_MS
  while (performance.now() < until) {
    const { code, stdout, stderr } = await cluster.tryKubectl(command, { input })
    if (code === 0) return stdout
    if (!UNANSWERED.test(stderr)) break
    await sleep(AGAIN_MS)
  }
  return cluster.kubectl(command, { input })
}

/** What the API server has at a path; throws where it gives anything else. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is whatever the path gives
export async function look(cluster: TestCluster, path: string): Promise<any> {
  const { status, json } = await cluster.api('GET', path)
  if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${JSON.stringify(json)}`)
  return json
}

/** The same, asked again until there is an answer: for what is asked once, and not until something holds. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export async function read(cluster: TestCluster, path: string): Promise<any> {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  let json: any
  await waitFor(path, ANSWER_LIMIT_MS, async () => {
    json = await look(cluster, path)
    return true
  })
  return json
}

/** Waits for the end of a Job and gives how it ended (`Complete` or `Failed`) and what its pod printed. */
export async function jobEnd(
  cluster: TestCluster,
  name: string,
  { namespace = 'default', limitMs = 180_000 } = {},
): Promise<{ condition: string; log: string }> {
  let condition = ''
  await waitFor(`the end of Job ${name}`, limitMs, async () => {
    const json = await look(cluster, `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`)
    const conditions = (json.status?.conditions ?? []) as { type: string; status: string }[]
    condition = conditions.find(({ type }) => type === 'Complete' || type === 'Failed')?.type ?? ''
    return condition !== ''
  })
  let log = ''
  // The kubelet gives it, which may be busy with something else.
  await waitFor(`the log of Job ${name}`, ANSWER_LIMIT_MS, async () => {
    log = await cluster.kubectl(['logs', '-n', namespace, `job/${name}`])
    return true
  })
  return { condition, log }
}

/** The pod of a Job once it is in a phase, as the API server gives it. */
// biome-ignore lint/suspicious/noExplicitAny: a pod has hundreds of fields; a test reads those it asks for
export async function podOfJob(cluster: TestCluster, name: string, phase = 'Running'): Promise<any> {
  const selector = encodeURIComponent(`batch.kubernetes.io/job-name=${name}`)
  // biome-ignore lint/suspicious/noExplicitAny: as above
  let pod: any
  await waitFor(`a pod of Job ${name} to be ${phase}`, 180_000, async () => {
    const json = await look(cluster, `/api/v1/pods?labelSelector=${selector}`)
    // biome-ignore lint/suspicious/noExplicitAny: as above
    pod = json.items.find((one: any) => one.status.phase === phase)
    return pod !== undefined
  })
  return pod
}
