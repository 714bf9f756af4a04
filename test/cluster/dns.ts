import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kubectl } from './control-plane.ts'
import { startDaemon, waitForDaemon } from './daemons.ts'
import { DNS_SERVICE_ADDRESS } from './node.ts'
import { addressOf, inNode, type Place } from './place.ts'
import { processService } from './process-service.ts'
import { run } from './run.ts'

const READY_LIMIT_MS = 180_000

/** Starts CoreDNS as a process behind the Service that every pod asks, and waits until it knows the cluster. */
export async function startDns(place: Place): Promise<void> {
  const address = addressOf(place, 1)
  const corefile = join(place.folder, 'Corefile')
  writeFileSync(corefile, corefileOf(place, address))
  await run([...kubectl(place), 'apply', '-f', '-'], { input: JSON.stringify(dnsObjects(address)) })
  startDaemon(place, { node: 1, label: 'dns', command: [join(place.programs, 'coredns'), '-conf', corefile] })
  const ask = inNode(place, 1, ['curl', '-sf', '--max-time', '10', `http://${address}:8181/ready`])
  await waitForDaemon(place, 'dns', READY_LIMIT_MS, async () => (await run(ask)) !== '')
}

/** The second block answers that there is no world outside; without it every outside name would be tried for long. */
function corefileOf(place: Place, address: string): string {
  return `cluster.local in-addr.arpa {
  bind ${address}
  errors
  ready ${address}:8181
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${join(place.folder, 'dns.conf')}
    ttl 1
  }
}
. {
  bind ${address}
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`
}

function dnsObjects(address: string): object {
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ]
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-dns' }
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      ...processService({ namespace: 'kube-system', name: 'kube-dns', address, ports, clusterIP: DNS_SERVICE_ADDRESS }),
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: role.name },
        rules: [
          { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
        ],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: role.name },
        roleRef: role,
        subjects: [{ apiGroup: role.apiGroup, kind: 'User', name: 'cluster-dns' }],
      },
    ],
  }
}
