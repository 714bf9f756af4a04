/** A Service of the cluster whose other end is a process at one address, not a pod. */
export interface ProcessService {
  readonly namespace: string
  readonly name: string
  readonly address: string
  readonly ports: readonly { readonly name: string; readonly port: number; readonly protocol?: string }[]
  readonly clusterIP?: string
}

/** The Service without a selector, and the EndpointSlice that says where it leads. */
export function processService({ namespace, name, address, ports, clusterIP }: ProcessService): object[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace },
      spec: { ports, ...(clusterIP === undefined ? {} : { clusterIP }) },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-process`, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      ports,
      endpoints: [{ addresses: [address], conditions: { ready: true } }],
    },
  ]
}
