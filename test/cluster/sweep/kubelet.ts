import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../kube/clock.ts'
import type { Change } from '../../../kube/reflector/reflector.ts'
import type { PodObject } from '../../../kube/workloads.ts'
import { type Container, createContainer, type Program, type SimulatedPod } from '../../world/api-server/container.ts'
import { isLeaving, isTerminal } from '../../world/api-server/job-pods.ts'
import type { StatusChange } from '../../world/api-server/pod-changes.ts'
import type { ApiAnswer, ApiRequest } from '../api.ts'

/** A node of no object: the controllers that would miss it are switched off. */
const NODE = 'node-of-the-sweep'
/** From a pod's node to its program running. */
const START_MS = 500
const AGAIN_MS = 200

/** The scheduler and the node of a server that has none: gives pods a node, plays their programs, says how they end. */
export interface Kubelet {
  /** To be told of every change of a pod. */
  tend(change: Change): void
  /** Programs that run, or whose end the server does not know yet. */
  busy(): number
  /** Refusals of the server that no kubelet should meet. */
  readonly faults: readonly string[]
  stop(): void
}

interface Tended {
  readonly container: Container
  /** As the server last gave it. */
  pod: PodObject
  leaving: boolean
  /** Calls that are still to be made for it, one after the other. */
  calls: number
  turn: Promise<void>
}

export function startKubelet(of: {
  readonly api: ApiRequest
  readonly clock: Clock
  readonly program: (pod: SimulatedPod) => Program
}): Kubelet {
  const { api, clock, program } = of
  const all = new Map<string, Tended>()
  const faults: string[] = []
  let over = false

  /** Asks again while the server is away, as a kubelet does. */
  const answered = async (call: () => Promise<ApiAnswer>): Promise<ApiAnswer> => {
    for (;;) {
      const answer = await call().catch((thrown: Error): ApiAnswer => ({ status: 503, json: thrown.message }))
      if (over || (answer.status < 500 && answer.status !== 429)) return answer
      await sleep(AGAIN_MS)
    }
  }
  /** A pod that is gone meanwhile needs nothing more. */
  const say = (tended: Tended, call: () => Promise<ApiAnswer>) => {
    tended.calls += 1
    tended.turn = tended.turn.then(async () => {
      const { status, json } = await answered(call)
      if (status < 300 && json.kind === 'Pod') tended.pod = json
      if (status >= 300 && status !== 404 && status !== 409) {
        faults.push(`${tended.pod.metadata.name}: ${status} ${json.message ?? json}`)
      }
      tended.calls -= 1
    })
  }
  const goes = (tended: Tended) => {
    if (!tended.leaving || !tended.container.ended()) return
    const body = { gracePeriodSeconds: 0, preconditions: { uid: tended.pod.metadata.uid } }
    say(tended, () => api('DELETE', pathOf(tended.pod), { body }))
  }
  const place = (pod: PodObject) => {
    const write = (change: StatusChange) => say(tended, () => patchStatus(api, tended.pod, change))
    const tell = () => {
      tended.container.report()
      goes(tended)
    }
    const bound = { ...pod, spec: { ...pod.spec, nodeName: NODE } }
    const container = createContainer({ clock, pod: bound, heard: () => true, program, tell, write })
    const tended: Tended = { container, pod, leaving: false, calls: 0, turn: Promise.resolve() }
    all.set(pod.metadata.uid!, tended)
    say(tended, () => bind(api, pod))
    container.startIn(START_MS)
  }

  return {
    faults,
    tend({ type, object }) {
      const pod = object as PodObject
      const known = all.get(pod.metadata.uid!)
      if (type === 'deleted') {
        known?.container.kill()
        return
      }
      if (known === undefined) {
        if (!isTerminal(pod) && !isLeaving(pod)) place(pod)
        return
      }
      if (!isLeaving(pod) || known.leaving) return
      known.leaving = true
      known.container.terminate((pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000)
      goes(known)
    },
    busy: () => [...all.values()].filter(({ container, calls }) => !container.ended() || calls > 0).length,
    stop: () => {
      over = true
      for (const { container } of all.values()) container.stop()
    },
  }
}

/** Gives the pod as it stands then: the binding itself answers with a word of thanks, a second one with a conflict. */
async function bind(api: ApiRequest, pod: PodObject): Promise<ApiAnswer> {
  const { name, namespace } = pod.metadata
  const target = { apiVersion: 'v1', kind: 'Node', name: NODE }
  const body = { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace }, target }
  const answer = await api('POST', `${pathOf(pod)}/binding`, { body })
  return answer.status < 300 || answer.status === 409 ? api('GET', pathOf(pod)) : answer
}

function patchStatus(api: ApiRequest, pod: PodObject, change: StatusChange): Promise<ApiAnswer> {
  const body = { metadata: { uid: pod.metadata.uid }, status: change(pod.status ?? {}, pod) }
  return api('PATCH', `${pathOf(pod)}/status`, { body, contentType: 'application/merge-patch+json' })
}

function pathOf({ metadata }: PodObject): string {
  return `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`
}
