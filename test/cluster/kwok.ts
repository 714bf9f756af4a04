import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestCluster } from './cluster.ts'
import { startDaemon, waitFor } from './daemons.ts'
import { addressOf, openPlace } from './place.ts'

/** Fake nodes, and how long a pod on one of them runs before it succeeds. */
export interface KwokOptions {
  readonly nodes: number
  readonly runMs: { readonly least: number; readonly most: number }
  /** Every pod may come to them, as on a cluster that has no other nodes. */
  readonly open?: boolean
}

/** Only pods that tolerate it come to fake nodes, so that real ones stay on real ones. */
export const FAKE_NODE_TAINT = { key: 'kwok.x-k8s.io/node', value: 'fake', effect: 'NoSchedule' } as const

const LABEL = { type: 'kwok' } as const
const READY_LIMIT_MS = 180_000
/** Renewed at a quarter of it: a node counts as lost after 12 s, and KWOK may stand still for some of them. */
const LEASE_SECONDS = '8'
const ROOM = { cpu: '4000', memory: '32Ti', pods: '2000', 'ephemeral-storage': '64Ti' }

/** Gives a cluster nodes that KWOK plays: pods on them start at once, run for a while, and succeed. */
export async function startKwok(cluster: TestCluster, { nodes, runMs, open = false }: KwokOptions): Promise<void> {
  const place = openPlace(cluster.name)
  if (place === null) throw new Error(`there is no cluster called ${cluster.name}`)
  const config = join(place.folder, 'kwok.json')
  writeFileSync(
    config,
    stages(runMs)
      .map((stage) => JSON.stringify(stage))
      .join('\n---\n'),
  )
  const names = Array.from({ length: nodes }, (_, index) => `fake-${index + 1}`)
  for (const name of names) {
    const { status, json } = await cluster.api('POST', '/api/v1/nodes', { body: fakeNode(name, open) })
    if (status !== 201) throw new Error(`${name}: ${json.message}`)
  }
  startDaemon(place, {
    node: 1,
    label: 'kwok',
    command: [
      join(place.programs, 'kwok'),
      ...['--kubeconfig', cluster.kubeconfig, '--config', config],
      ...['--manage-nodes-with-label-selector', `type=${LABEL.type}`, '--node-ip', addressOf(place, 1)],
      ...['--cidr', '10.250.0.0/16', '--node-lease-duration-seconds', LEASE_SECONDS],
    ],
  })
  await waitFor(`${nodes} fake nodes to be Ready`, READY_LIMIT_MS, async () => {
    const { json } = await cluster.api('GET', `/api/v1/nodes?labelSelector=type%3D${LABEL.type}`)
    return (json.items as NodeObject[]).filter(takesPods).length >= nodes
  })
}

interface NodeObject {
  readonly spec: { readonly taints?: readonly { readonly key: string }[] }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** Ready, and freed of the taint that every node starts with: the controllers take it away a moment later. */
function takesPods({ spec, status }: NodeObject): boolean {
  const isReady = status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true
  return isReady && !(spec.taints ?? []).some(({ key }) => key === 'node.kubernetes.io/not-ready')
}

function fakeNode(name: string, open: boolean): object {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...LABEL, 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' } },
    spec: open ? {} : { taints: [FAKE_NODE_TAINT] },
    status: { allocatable: ROOM, capacity: ROOM },
  }
}

/**
 * KWOK's own stages end a Job's pod at once; these let it run. Where a file has any, KWOK knows no others. Templates
 * are Go's, as KWOK reads them.
 */
function stages({ least, most }: KwokOptions['runMs']): object[] {
  const alive = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' }
  const stage = (name: string, selector: object[], more: object, kind = 'Pod') => ({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions: selector }, ...more },
  })
  return [
    stage('node-ready', [{ key: READY_OF_NODE, operator: 'NotIn', values: ['True'] }], NODE_STEP, 'Node'),
    stage('pod-ready', [alive, { key: '.status.podIP', operator: 'DoesNotExist' }], {
      next: { statusTemplate: RUNNING },
    }),
    stage('pod-complete', [alive, { key: '.status.phase', operator: 'In', values: ['Running'] }], {
      // Between the two, evenly.
      delay: { durationMilliseconds: least, jitterDurationMilliseconds: most },
      next: { statusTemplate: SUCCEEDED },
    }),
    stage('pod-delete', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], {
      next: { finalizers: { empty: true }, delete: true },
    }),
  ]
}

const READY_OF_NODE = '.status.conditions.[] | select( .type == "Ready" ) | .status'

/** The lease keeps it Ready from then on. */
const NODE_STEP = {
  next: {
    statusTemplate: `conditions:
- type: Ready
  status: "True"
  reason: KubeletReady
  message: played by KWOK
  lastHeartbeatTime: {{ Now | Quote }}
  lastTransitionTime: {{ Now | Quote }}
addresses:
- {type: InternalIP, address: {{ NodeIP | Quote }}}
phase: Running
`,
  },
}

const CONDITIONS = ['Initialized', 'Ready', 'ContainersReady']
  .map((type) => `- {type: ${type}, status: "True", lastTransitionTime: {{ Now | Quote }}}`)
  .join('\n')

const RUNNING = `conditions:
${CONDITIONS}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  started: true
  restartCount: 0
  state: {running: {startedAt: {{ Now | Quote }}}}
{{ end }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
{{ $meta := .metadata }}
podIP: {{ PodIPWith .spec.nodeName false ( or $meta.uid "" ) ( or $meta.name "" ) ( or $meta.namespace "" ) | Quote }}
phase: Running
startTime: {{ Now | Quote }}
`

const SUCCEEDED = `containerStatuses:
{{ $now := Now }}
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: false
  started: false
  restartCount: 0
  state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
{{ end }}
phase: Succeeded
`
