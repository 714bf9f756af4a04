import { openClusterFromKubeconfig, type RemoteCluster } from '../../kube/client.ts'
import { systemClock } from '../../kube/clock.ts'
import type { KubeObject } from '../../kube/object.ts'
import { type Reflector, startReflector } from '../../kube/reflector/reflector.ts'
import { NAMESPACE, type Stage } from './stage.ts'

/** What a user's own watch has seen of one resource: when, on the clock of this process. */
export interface Sighting {
  job?: { readonly at: number }
  pod?: { readonly at: number; readonly object: KubeObject }
  /** The status that names the attempt. */
  attempt?: { readonly at: number; readonly jobId: string }
  completed?: { readonly at: number }
  /** A finished Job that has its time to go: the last write of a job's life. */
  ttl?: { readonly at: number }
}

/** Users who apply and watch. */
export interface Crowd {
  readonly client: RemoteCluster
  /** Creates a Backtest that nobody computed before; when the server had it. */
  readonly apply: (name: string) => Promise<number>
  readonly seen: (name: string) => Sighting
  /** How many have been seen with a thing. */
  readonly count: (what: keyof Sighting, prefix: string) => number
  /** Resolves once the thing was seen. */
  readonly await: <What extends keyof Sighting>(name: string, what: What) => Promise<NonNullable<Sighting[What]>>
  readonly stop: () => void
}

const clock = systemClock({ now: Date.now, monotonic: () => performance.now() })
const LOOKBACKS = 400

export function openCrowd({ cluster }: Stage): Crowd {
  const client = openClusterFromKubeconfig(
    { path: cluster.kubeconfig, context: null },
    { clock, random: Math.random, rate: { perSecond: 10_000, burst: 10_000 } },
  )
  const sightings = new Map<string, Sighting>()
  const waiting = new Map<string, () => void>()
  const of = (name: string) => {
    const known = sightings.get(name) ?? {}
    sightings.set(name, known)
    return known
  }
  const note = <What extends keyof Sighting>(name: string, what: What, seen: Sighting[What]) => {
    const known = of(name)
    if (known[what] !== undefined) return
    known[what] = seen
    waiting.get(`${name} ${what}`)?.()
    waiting.delete(`${name} ${what}`)
  }
  const watches = watchAll(client, note)
  let made = 0
  return {
    client,
    async apply(name) {
      made += 1
      await client.create(backtest(name, made))
      return performance.now()
    },
    seen: of,
    count: (what, prefix) =>
      [...sightings].filter(([name, seen]) => name.startsWith(prefix) && seen[what] !== undefined).length,
    await: (name, what) => {
      const known = of(name)[what]
      if (known !== undefined) return Promise.resolve(known as never)
      return new Promise((resolve) => void waiting.set(`${name} ${what}`, () => resolve(of(name)[what] as never)))
    },
    stop() {
      for (const watch of watches) watch.stop()
      client.close()
    },
  }
}

type Note = <What extends keyof Sighting>(name: string, what: What, seen: Sighting[What]) => void

function watchAll(client: RemoteCluster, note: Note): readonly Reflector[] {
  const common = { cluster: client, clock, random: Math.random, namespaces: [NAMESPACE], onTrouble: () => {} }
  const at = () => performance.now()
  /** Nothing is kept but that it is there: the bench shares the machine with what it measures. */
  const keep = ({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }: KubeObject) =>
    ({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion } }) as KubeObject
  const follow = (kind: 'Backtest' | 'Job' | 'Pod', see: (object: KubeObject) => void) =>
    startReflector({
      ...common,
      kind,
      keep: (object) => {
        see(object)
        return keep(object)
      },
      onChange: () => {},
    })
  return [
    follow('Job', ({ metadata, spec, status }) => {
      const owner = metadata.ownerReferences?.[0]?.name
      if (owner === undefined) return
      note(owner, 'job', { at: at() })
      const { ttlSecondsAfterFinished: ttl } = (spec ?? {}) as { readonly ttlSecondsAfterFinished?: number }
      if (ttl !== undefined && status !== undefined) note(owner, 'ttl', { at: at() })
    }),
    follow('Pod', (object) => {
      const { phase } = (object.status ?? {}) as { readonly phase?: string }
      // Of a Job `name-<8 of the uid>-a1`.
      const job = object.metadata.labels?.['batch.kubernetes.io/job-name'] ?? ''
      if (phase === 'Running') note(job.replace(/-[0-9a-f]{8}-a\d+$/, ''), 'pod', { at: at(), object })
    }),
    follow('Backtest', ({ metadata, status }) => {
      const { phase, attempt, jobId } = (status ?? {}) as { phase?: string; attempt?: number; jobId?: string }
      if (attempt === 1 && jobId !== undefined) note(metadata.name, 'attempt', { at: at(), jobId })
      if (phase === 'Completed') note(metadata.name, 'completed', { at: at() })
    }),
  ]
}

function backtest(name: string, made: number): KubeObject {
  return {
    apiVersion: 'hindcast.dev/v1alpha1',
    kind: 'Backtest',
    metadata: { name, namespace: NAMESPACE },
    spec: {
      dataset: 'bench',
      alpha: {
        name: 'momentum',
        parameters: { lookbackDays: 20 + (made % LOOKBACKS), skipDays: 1 + Math.floor(made / LOOKBACKS) },
      },
      startDate: '2015-01-02',
      endDate: '2015-12-31',
    },
  }
}
