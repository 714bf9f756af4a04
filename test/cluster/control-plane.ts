import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pki } from './certificates.ts'
import { startDaemon, stopDaemon, waitForDaemon } from './daemons.ts'
import { addressOf, logOf, type Place } from './place.ts'
import { run } from './run.ts'

/** Generous: on two cores shared with a build the API server has taken 25 s, and a test starts two at once. */
const READY_LIMIT_MS = 240_000

/** Clocks of the loss of a node, short so that a test sees it: NotReady after 12 s, pods told to go 20 s later. */
const NODE_GRACE = '12s'
const TOLERATION_SECONDS = '20'

const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
}

/** The path of one part of the program built from test/cluster/go. */
export const kubernetes = (place: Place, part: string): string[] => [join(place.programs, 'kubernetes'), part]

/** kubectl as the administrator. */
export const kubectl = (place: Place): string[] => [
  ...kubernetes(place, 'kubectl'),
  '--kubeconfig',
  join(place.folder, 'admin.conf'),
]

/** Starts etcd, the API server and the controllers, and with nodes the scheduler; waits until the API is ready. */
export async function startControlPlane(place: Place): Promise<void> {
  startEtcd(place)
  await startApiServer(place)
  startControllers(place)
  if (place.options.nodes > 0) startScheduler(place)
}

export function startEtcd(place: Place): void {
  const client = 'http://127.0.0.1:2379'
  startDaemon(place, {
    node: 1,
    label: 'etcd',
    command: [
      ...kubernetes(place, 'etcd'),
      ...['--data-dir', join(place.folder, 'etcd'), '--listen-peer-urls', 'http://127.0.0.1:2380'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--unsafe-no-fsync', '--log-level', 'warn'],
    ],
  })
}

/** Starts the API server and waits until it is ready to serve. */
export async function startApiServer(place: Place): Promise<void> {
  startDaemon(place, {
    node: 1,
    label: 'apiserver',
    command: [
      ...kubernetes(place, 'kube-apiserver'),
      ...['--etcd-servers', 'http://127.0.0.1:2379', '--secure-port', '6443'],
      ...['--advertise-address', addressOf(place, 1), '--service-cluster-ip-range', '10.96.0.0/16'],
      ...['--tls-cert-file', pki(place, 'apiserver.crt'), '--tls-private-key-file', pki(place, 'apiserver.key')],
      ...['--client-ca-file', pki(place, 'ca.crt'), '--kubelet-certificate-authority', pki(place, 'ca.crt')],
      ...['--kubelet-client-certificate', pki(place, 'kubelet-client.crt')],
      ...['--kubelet-client-key', pki(place, 'kubelet-client.key'), '--kubelet-preferred-address-types', 'InternalIP'],
      ...['--service-account-issuer', 'https://kubernetes.default.svc'],
      ...[
        '--service-account-key-file',
        pki(place, 'sa.key'),
        '--service-account-signing-key-file',
        pki(place, 'sa.key'),
      ],
      ...['--authorization-mode', 'Node,RBAC', '--allow-privileged'],
      ...['--enable-admission-plugins', 'NodeRestriction'],
      ...['--default-not-ready-toleration-seconds', TOLERATION_SECONDS],
      ...['--default-unreachable-toleration-seconds', TOLERATION_SECONDS],
      ...auditArgs(place),
      ...place.options.apiServerArgs,
    ],
  })
  const ready = [...kubectl(place), 'get', '--raw', '/readyz', '--request-timeout', '10s']
  await waitForDaemon(place, 'apiserver', READY_LIMIT_MS, async () => (await run(ready, { limitMs: 20_000 })) !== '')
}

function auditArgs(place: Place): string[] {
  if (!place.options.audit) return []
  const policy = join(place.folder, 'audit-policy.json')
  writeFileSync(policy, JSON.stringify(AUDIT_POLICY))
  return ['--audit-policy-file', policy, '--audit-log-path', logOf(place, 'audit')]
}

export function startControllers(place: Place): void {
  startDaemon(place, {
    node: 1,
    label: 'controllers',
    command: [
      ...kubernetes(place, 'kube-controller-manager'),
      ...['--kubeconfig', join(place.folder, 'controllers.conf'), '--use-service-account-credentials'],
      ...['--leader-elect=false', '--allocate-node-cidrs=false', '--root-ca-file', pki(place, 'ca.crt')],
      ...['--service-account-private-key-file', pki(place, 'sa.key')],
      ...['--cluster-signing-cert-file', pki(place, 'ca.crt'), '--cluster-signing-key-file', pki(place, 'ca.key')],
      ...['--node-monitor-period', '2s', '--node-monitor-grace-period', NODE_GRACE],
      ...place.options.controllerArgs,
    ],
  })
}

export function startScheduler(place: Place): void {
  startDaemon(place, {
    node: 1,
    label: 'scheduler',
    command: [
      ...kubernetes(place, 'kube-scheduler'),
      ...['--kubeconfig', join(place.folder, 'scheduler.conf'), '--leader-elect=false'],
      ...place.options.schedulerArgs,
    ],
  })
}

/** Kills the API server, so that every connection to it breaks, and waits until it is gone. */
export async function stopApiServer(place: Place): Promise<void> {
  await stopDaemon(place, 'apiserver')
}
