import { type KubeObject, keyOf } from '../../../kube/object.ts'
import type { PodObject } from '../../../kube/workloads.ts'
import { type Container, createContainer, type Program, type SimulatedPod } from './container.ts'
import { failPod, markScheduled, markUnschedulable, markWaiting, podCondition, podStatus } from './pod-status.ts'
import { createReactor } from './reactor.ts'
import { deleteObject, type Server } from './writes.ts'

/** What stands in the way of a pod before its program runs. */
export interface Obstacle {
  /** `Unschedulable` keeps it from a node; anything else is a waiting reason of its container (ImagePullBackOff, …). */
  readonly reason: string
  readonly message?: string
}

export interface MachinesOptions {
  readonly nodes?: readonly string[]
  /** What the main container of a pod does; the default exits 0 after a second. */
  readonly program?: (pod: SimulatedPod) => Program
  /** Asked when a pod is placed and when its container would start; null lets it go on. */
  readonly obstacle?: (pod: PodObject) => Obstacle | null
  readonly times?: Partial<MachineTimes>
}

/** All in ms; the defaults are those of a cluster with default flags. */
export interface MachineTimes {
  /** From a pod's node to its program running. */
  readonly start: number
  /** How often an obstacle is looked at again. */
  readonly retry: number
  /** Silence after which a node counts as lost. */
  readonly nodeGrace: number
  /** How long pod GC waits for a node that was deleted, and until it sees a pod that is to go and has no node. */
  readonly podGc: number
  readonly podGcRound: number
}

const DEFAULT_TIMES: MachineTimes = { start: 500, retry: 1000, nodeGrace: 40_000, podGc: 40_000, podGcRound: 20_000 }
/** What a pod tolerates when it says nothing. */
const DEFAULT_TOLERATION_SECONDS = 300

/** Nodes and what runs on them, with levers to break them. */
export interface Machines {
  nodes(): readonly string[]
  /** The program of a pod, if its container runs or ran. */
  pod(key: string): SimulatedPod | undefined
  /** Pods whose process lives, also on nodes that nobody hears of. */
  running(): readonly SimulatedPod[]
  /** The kubelet falls silent. `containers`: their processes die with it, or go on unheard. */
  loseNode(name: string, containers: 'die' | 'live'): void
  /** The kubelet is back: it reports what ended and ends what is to go. */
  recoverNode(name: string): void
  /** Takes the node object away for good, as a cloud does with a machine that is gone. */
  deleteNode(name: string): void
  /** Ends a pod as node pressure does: reason Evicted, whole disk or memory pressure in the message. */
  evict(key: string, message: string): void
  /** Asks a pod to go as a drain or a preemption does: DisruptionTarget, then a graceful delete. */
  disrupt(key: string, reason: string): void
  stop(): void
}

interface Node {
  heard: boolean
  ready: boolean
  cancel: () => void
}

export function startMachines(server: Server, options: MachinesOptions, reactMs: () => number): Machines {
  const { state, clock } = server
  const times = { ...DEFAULT_TIMES, ...options.times }
  const nodes = new Map<string, Node>()
  for (const name of options.nodes ?? ['node-1']) nodes.set(name, { heard: true, ready: true, cancel: () => {} })
  const containers = new Map<string, Container>()
  const program = options.program ?? (() => ({ start: (pod) => void clock.after(1000, () => pod.exit(0)) }))
  let turn = 0

  const podAt = (key: string) => state.read('Pod', key) as PodObject | undefined
  const nodeOf = (pod: PodObject) => nodes.get(pod.spec?.nodeName ?? '')
  const pods = () => state.all('Pod') as readonly PodObject[]

  const reactor = createReactor(clock, reactMs, (key) => {
    const pod = podAt(key)
    const container = containers.get(key)
    if (container !== undefined && container.pod.uid !== pod?.metadata.uid) {
      // The object is gone or replaced: what still runs under its name is killed where its node hears of it.
      if (nodes.get(container.pod.node)?.heard !== false) container.kill()
      containers.delete(key)
    }
    if (pod === undefined) return
    if (!pod.spec?.nodeName) place(pod)
    else if (nodeOf(pod)?.heard) tend(pod)
  })

  function place(pod: PodObject): void {
    const key = keyOf(pod)
    if (pod.metadata.deletionTimestamp !== undefined) {
      // No kubelet ends it: pod GC does, at its next round.
      collect(pod, times.podGcRound)
      return
    }
    const ready = [...nodes].filter(([, node]) => node.ready).map(([name]) => name)
    const obstacle = options.obstacle?.(pod) ?? null
    if (ready.length === 0 || obstacle?.reason === 'Unschedulable') {
      markUnschedulable(server, key, obstacle?.message ?? `0/${nodes.size} nodes are available`)
      reactor.name(key, times.retry)
      return
    }
    markScheduled(server, key, ready[turn++ % ready.length]!)
  }

  /** What a kubelet does with one of its pods. */
  function tend(pod: PodObject): void {
    const key = keyOf(pod)
    const known = containers.get(key)
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (known === undefined || known.ended()) {
        if (known === undefined && !isOver(pod)) failPod(server, key, { exitCode: 137, reason: 'Error' })
        known?.report()
        finalDelete(key)
      } else known.terminate((pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000)
      return
    }
    known?.report()
    if (known !== undefined || isOver(pod)) return
    const obstacle = options.obstacle?.(pod) ?? null
    if (obstacle !== null && obstacle.reason !== 'Unschedulable') {
      markWaiting(server, key, obstacle)
      reactor.name(key, times.retry)
      return
    }
    markWaiting(server, key, { reason: 'ContainerCreating' })
    const made = createContainer({
      clock,
      pod,
      heard: () => nodeOf(pod)?.heard === true,
      program,
      tell: () => reactor.name(key),
      write: (change) => podAt(key)?.metadata.uid === pod.metadata.uid && podStatus(server, key, change),
    })
    containers.set(key, made)
    made.startIn(times.start)
  }

  /** The kubelet's last word: nothing runs any more, the object may go. */
  function finalDelete(key: string): void {
    if (podAt(key) !== undefined) deleteObject(server, 'Pod', key, { gracePeriodSeconds: 0 })
  }

  function nodeIsLost(name: string): void {
    nodes.get(name)!.ready = false
    for (const pod of pods().filter((other) => other.spec?.nodeName === name && !isOver(other))) {
      podCondition(server, keyOf(pod), { type: 'Ready', status: 'False', reason: 'NodeNotReady' })
      const cancel = clock.after(tolerationSeconds(pod) * 1000, () => {
        const now = podAt(keyOf(pod))
        if (nodes.get(name)?.ready !== false || now?.metadata.uid !== pod.metadata.uid || isOver(now!)) return
        disrupt(keyOf(pod), 'DeletionByTaintManager')
      })
      cancels.add(cancel)
    }
  }

  function disrupt(key: string, reason: string): void {
    podCondition(server, key, { type: 'DisruptionTarget', status: 'True', reason })
    deleteObject(server, 'Pod', key, {})
  }

  const cancels = new Set<() => void>()
  const buried = new Set<string>()
  const unhear = state.onWrite(({ kind, key }) => kind === 'Pod' && reactor.name(key))
  return {
    nodes: () => [...nodes.keys()],
    pod: (key) => containers.get(key)?.pod,
    running: () => [...containers.values()].filter((container) => container.alive()).map((container) => container.pod),
    loseNode(name, fate) {
      const node = nodes.get(name)!
      node.heard = false
      node.cancel()
      node.cancel = clock.after(times.nodeGrace, () => nodeIsLost(name))
      if (fate === 'die') for (const container of on(name)) container.kill()
    },
    recoverNode(name) {
      const node = nodes.get(name)!
      node.cancel()
      node.heard = true
      node.ready = true
      for (const pod of pods()) if (pod.spec?.nodeName === name) reactor.name(keyOf(pod))
      for (const container of on(name)) reactor.name(container.pod.key)
    },
    deleteNode(name) {
      nodes.get(name)?.cancel()
      nodes.delete(name)
      for (const container of on(name)) container.kill()
      cancels.add(clock.after(times.podGc, () => collectPodsOf(name)))
    },
    evict(key, message) {
      containers.get(key)?.evict(message)
    },
    disrupt,
    stop() {
      unhear()
      reactor.stop()
      for (const cancel of cancels) cancel()
      for (const node of nodes.values()) node.cancel()
      for (const container of containers.values()) container.stop()
    },
  }

  function on(name: string): Container[] {
    return [...containers.values()].filter((container) => container.pod.node === name)
  }

  function collectPodsOf(name: string): void {
    for (const pod of pods().filter((other) => other.spec?.nodeName === name)) {
      if (!isOver(pod))
        podCondition(server, keyOf(pod), { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC' })
      bury(keyOf(pod))
    }
  }

  function collect(pod: PodObject, ms: number): void {
    const key = keyOf(pod)
    if (buried.has(pod.metadata.uid!)) return
    buried.add(pod.metadata.uid!)
    cancels.add(clock.after(ms, () => podAt(key)?.metadata.uid === pod.metadata.uid && bury(key)))
  }

  /** Ends a pod for which no kubelet speaks. */
  function bury(key: string): void {
    if (!isOver(podAt(key)!)) failPod(server, key, null)
    deleteObject(server, 'Pod', key, { gracePeriodSeconds: 0 })
  }
}

function isOver(pod: PodObject): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

function tolerationSeconds(pod: KubeObject): number {
  const spec = pod.spec as { tolerations?: readonly { key?: string; tolerationSeconds?: number }[] } | undefined
  const mine = spec?.tolerations?.find((toleration) => toleration.key === 'node.kubernetes.io/unreachable')
  return mine?.tolerationSeconds ?? DEFAULT_TOLERATION_SECONDS
}
