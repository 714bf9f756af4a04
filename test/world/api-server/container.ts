import type { Clock } from '../../../kube/clock.ts'
import { keyOf } from '../../../kube/object.ts'
import type { PodObject } from '../../../kube/workloads.ts'
import { INDEX_LABEL } from './job-pods.ts'
import { type Ending, ended, running, type StatusChange } from './pod-changes.ts'
import { timeText } from './writes.ts'

/** A pod as its own program sees it. */
export interface SimulatedPod {
  /** `namespace/name` of the pod. */
  readonly key: string
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly node: string
  readonly jobName: string | null
  /** Of an Indexed Job; null otherwise. */
  readonly index: number | null
  readonly labels: Readonly<Record<string, string>>
  /** A variable of the first container's `env` that has a plain value. */
  env(name: string): string | undefined
  /** Whether the process lives: false once it exited or was killed. */
  alive(): boolean
  /** Ends the process; the message is its termination log. Nothing happens to one that has ended. */
  exit(code: number, message?: string): void
  /** Ends it as the kernel does over the memory limit. */
  outOfMemory(): void
}

/** What a container does. */
export interface Program {
  start(pod: SimulatedPod): void
  /** SIGTERM; without it the program dies of it: exit 143. */
  terminate?(pod: SimulatedPod): void
  /** The process is gone, whatever ended it: its timers must do nothing more. */
  ended?(pod: SimulatedPod): void
}

/** One container on one node. */
export interface Container {
  readonly pod: SimulatedPod
  alive(): boolean
  ended(): boolean
  startIn(ms: number): void
  /** Writes to the pod's status how it stands, if the node is heard. */
  report(): void
  /** SIGTERM now, SIGKILL after the grace. */
  terminate(graceMs: number): void
  kill(): void
  evict(message: string): void
  stop(): void
}

const TERMINATED = 143
const KILLED = 137

export function createContainer(making: {
  readonly clock: Clock
  readonly pod: PodObject
  readonly program: (pod: SimulatedPod) => Program
  /** Whether anyone hears the node. */
  readonly heard: () => boolean
  /** Asks the kubelet to look again. */
  readonly tell: () => void
  /** Writes to the status of this pod, and of no namesake. */
  readonly write: (change: StatusChange) => void
}): Container {
  const { clock, heard, tell, write } = making
  let stage: 'new' | 'running' | 'ended' = 'new'
  let ending: Ending | null = null
  let why: { reason?: string; message?: string } = {}
  let reported: 'new' | 'running' | 'ended' = 'new'
  let terminating = false
  const cancels: (() => void)[] = []

  const end = (with_: Ending) => {
    if (stage === 'ended') return
    const ran = stage === 'running'
    stage = 'ended'
    ending = with_
    for (const cancel of cancels) cancel()
    if (ran) program.ended?.(pod)
    tell()
  }
  const pod = simulated(making.pod, {
    alive: () => stage === 'running',
    exit: (code, message) =>
      end({ exitCode: code, reason: code === 0 ? 'Completed' : 'Error', ...(message ? { message } : {}) }),
    outOfMemory: () => end({ exitCode: KILLED, reason: 'OOMKilled' }),
  })
  const program = making.program(pod)

  const start = () => {
    if (stage !== 'new') return
    stage = 'running'
    const deadline = making.pod.spec?.activeDeadlineSeconds
    if (deadline !== undefined) cancels.push(clock.after(deadline * 1000, pastDeadline))
    report()
    program.start(pod)
  }
  const pastDeadline = () => {
    if (!heard()) return void cancels.push(clock.after(1000, pastDeadline))
    why = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
    end({ exitCode: KILLED, reason: 'Error' })
  }
  const report = () => {
    if (!heard() || reported === stage) return
    if (stage === 'running') write(running(timeText(clock)))
    if (stage === 'ended') write(ended(ending, why, timeText(clock)))
    reported = stage
  }

  return {
    pod,
    alive: () => stage === 'running',
    ended: () => stage === 'ended',
    startIn: (ms) => void cancels.push(clock.after(ms, start)),
    report,
    terminate(graceMs) {
      if (stage !== 'running') return end({ exitCode: KILLED, reason: 'Error' })
      cancels.push(clock.after(graceMs, () => end({ exitCode: KILLED, reason: 'Error' })))
      if (terminating) return
      terminating = true
      if (program.terminate) program.terminate(pod)
      else pod.exit(TERMINATED)
    },
    kill: () => end({ exitCode: KILLED, reason: 'Error' }),
    evict(message) {
      why = { reason: 'Evicted', message }
      end({ exitCode: KILLED, reason: 'Error' })
    },
    stop() {
      for (const cancel of cancels) cancel()
    },
  }
}

function simulated(
  pod: PodObject,
  levers: Pick<SimulatedPod, 'alive' | 'exit'> & { outOfMemory: () => void },
): SimulatedPod {
  const containers = pod.spec?.containers as
    | readonly { env?: readonly { name: string; value?: string }[] }[]
    | undefined
  const index = pod.metadata.labels?.[INDEX_LABEL]
  return {
    key: keyOf(pod),
    uid: pod.metadata.uid!,
    namespace: pod.metadata.namespace!,
    name: pod.metadata.name,
    node: pod.spec!.nodeName!,
    jobName: pod.metadata.labels?.['job-name'] ?? null,
    index: index === undefined ? null : Number(index),
    labels: pod.metadata.labels ?? {},
    env: (name) => containers?.[0]?.env?.find((variable) => variable.name === name)?.value,
    ...levers,
  }
}
