import type { ErrorCode } from '../../core/errors.ts'
import { EXITS, type Termination } from '../../core/process/termination.ts'
import type { JobFacts, PodFacts } from './types.ts'

/** How an attempt ended, as far as the cluster tells. */
export type Verdict =
  /** The files are in place, the record is pending. */
  | { readonly is: 'completed'; readonly termination: Termination }
  | { readonly is: 'cancelled'; readonly message: string; readonly exitCode: number | null }
  | {
      readonly is: 'failed'
      readonly code: ErrorCode
      readonly message: string
      readonly exitCode: number | null
      readonly peakMemoryBytes: number | null
    }

/** What a judgement rests on, besides the row, which speaks first. */
export interface Evidence {
  /** The Job of the attempt; null: there is none, and none is remembered. */
  readonly job: JobFacts | null
  readonly attempt: number
  readonly parallelism: number
  /** Whether a pod ever claimed it: without, a missing Job is made again and not judged. */
  readonly claimed: boolean
  readonly memoryLimitBytes: number | null
  readonly timeoutSeconds: number
  /** Whether the row would take a result from this pod: its claim is the newest, and it merges where several do. */
  readonly mayRecord: (termination: Termination) => boolean
  /** How far it came, in words; empty: not known. */
  readonly reached: string
}

/**
 * The end of an attempt in the order of platform.md 2.6: termination message, exit code and reason, a Job that is gone,
 * the Job's own word. Null: nothing has ended it yet.
 */
export function judge(evidence: Evidence): Verdict | null {
  const { job } = evidence
  const ends = (job?.pods ?? []).flatMap((pod) => endOfPod(pod, evidence))
  const strongest = ends.sort((a, b) => a.rank - b.rank)[0]
  if (strongest !== undefined && strongest.rank < RANK.unclear) return strongest.verdict
  if (job === null || job.gone) return evidence.claimed ? deletedJob(evidence) : null
  // A queue's suspension stops pods as well: only the Job can say that this was the end.
  if (job.finished === null && !job.deleting) return null
  if (strongest !== undefined) return strongest.verdict
  return job.finished === null ? null : endOfJob(job, evidence)
}

/** The lower, the more it says of the cause. A pod that another one's failure took along says the least. */
const RANK = { completed: 0, cause: 1, unclear: 2 } as const

interface End {
  readonly rank: number
  readonly verdict: Verdict
}

function endOfPod(pod: PodFacts, evidence: Evidence): readonly End[] {
  const { job, parallelism } = evidence
  if (pod.end === null) return endWithoutContainer(pod, evidence)
  const { exitCode, termination } = pod.end
  if (termination?.outcome === 'completed') {
    // Exit 0 says that the row knows: it was read after this, so it does, unless somebody took it back.
    if (exitCode !== EXITS.recorded) {
      return evidence.mayRecord(termination)
        ? [{ rank: RANK.completed, verdict: { is: 'completed', termination } }]
        : []
    }
  }
  if (exitCode === EXITS.fenced || termination?.outcome === 'fenced') return []
  if (exitCode === EXITS.recorded) {
    // A pod of several is done with its units; the one that merges says the rest.
    if (parallelism > 1 && job?.finished !== 'complete') return []
    return [unclear(failed('worker_lost', `${where(pod, evidence)} ended with exit 0, but nothing is recorded`, pod))]
  }
  if (termination?.outcome === 'cancelled' || exitCode === EXITS.cancelled) {
    const message = termination?.message || 'cancelled'
    return [{ rank: RANK.cause, verdict: { is: 'cancelled', message, exitCode } }]
  }
  const told = causeOf(pod, evidence)
  return [told ?? interrupted(pod, evidence)]
}

/** What the runner, the kubelet or the exit code says of a failure; null: it was stopped from outside. */
function causeOf(pod: PodFacts, evidence: Evidence): End | null {
  const { exitCode, reason, termination } = pod.end!
  if (termination?.outcome === 'failed' && termination.class !== null) {
    return cause({
      is: 'failed',
      code: termination.class,
      message: termination.message,
      exitCode,
      peakMemoryBytes: termination.peakMemory,
    })
  }
  const limits = podLimit(pod, evidence)
  if (limits !== null) return limits
  if (reason === 'OOMKilled') return cause(failed('memory_limit', memoryText(evidence), pod, evidence.memoryLimitBytes))
  if (exitCode === EXITS.interrupted || exitCode === KILLED) return null
  const code = CODE_OF_EXIT[exitCode]
  if (code === 'memory_limit') return cause(failed(code, memoryText(evidence), pod))
  if (code === 'timeout') return cause(failed(code, timeoutText(evidence), pod))
  const what = `${where(pod, evidence)} ended with exit code ${exitCode}${reason === null ? '' : ` (${reason})`}`
  if (code !== undefined) return cause(failed(code, `${what}; its log says more`, pod))
  return exitCode > SIGNALS
    ? cause(failed('worker_lost', `${what}: killed by signal ${exitCode - SIGNALS}; you can resubmit`, pod))
    : cause(failed('engine_error', `${what}; its log says more`, pod))
}

/** Limits that Kubernetes itself puts on a pod. */
function podLimit(pod: PodFacts, evidence: Evidence): End | null {
  if (pod.reason === 'DeadlineExceeded') return cause(failed('timeout', timeoutText(evidence), pod))
  if (pod.reason === 'Evicted') return cause(failed('evicted', `${where(pod, evidence)} was evicted`, pod))
  return null
}

/** Stopped or killed by somebody: who, as far as it is known. */
function interrupted(pod: PodFacts, evidence: Evidence): End {
  const at = where(pod, evidence)
  if (pod.disruption !== null) return cause(failed('evicted', `${at} was evicted (${pod.disruption})`, pod))
  if (evidence.job === null || evidence.job.gone || evidence.job.deleting) return unclear(deletedJob(evidence))
  const how = pod.end?.exitCode === KILLED ? 'was killed, without a cause that Kubernetes knows' : 'was stopped'
  return unclear(failed('worker_lost', `${at} ${how}; you can resubmit`, pod))
}

/** A pod whose container never ended as far as anybody saw: refused by its node, evicted early, or deleted. */
function endWithoutContainer(pod: PodFacts, evidence: Evidence): readonly End[] {
  const over = pod.phase === 'Failed' || pod.gone
  if (!over) return []
  const limit = podLimit(pod, evidence)
  if (limit !== null) return [limit]
  const at = where(pod, evidence)
  if (pod.disruption !== null) return [cause(failed('evicted', `${at} was evicted (${pod.disruption})`, pod))]
  if (pod.phase === 'Failed') {
    return [cause(failed('evicted', `${at} was refused${pod.reason === null ? '' : ` (${pod.reason})`}`, pod))]
  }
  // Gone without a trace: the Job knows whether it counts, and makes another one where it does not.
  if (evidence.job?.finished === null && !evidence.job.gone) return []
  return evidence.claimed && evidence.job?.finished === 'failed' ? [unclear(endOfJob(evidence.job, evidence))] : []
}

/** What the Job's own condition says, when its pods are gone. */
function endOfJob(job: JobFacts, evidence: Evidence): Verdict {
  const text = job.message ?? job.reason ?? job.finished ?? ''
  const at = `attempt ${evidence.attempt}`
  if (job.finished === 'complete') {
    return failedBy('worker_lost', `${at} ended, but nothing is recorded; you can resubmit`)
  }
  if (text.includes('DisruptionTarget')) return failedBy('evicted', `${at} was evicted: ${text}`)
  const exit = /exit code (\d{1,3})\b/.exec(text)?.[1]
  const exitCode = exit === undefined ? null : Number(exit)
  const code = exitCode === null ? undefined : CODE_OF_EXIT[exitCode]
  if (code === 'memory_limit') return failedBy(code, memoryText(evidence), exitCode)
  if (code === 'timeout') return failedBy(code, timeoutText(evidence), exitCode)
  if (exitCode === EXITS.cancelled) return { is: 'cancelled', message: 'cancelled', exitCode }
  return failedBy(code ?? 'worker_lost', `${at} failed: ${text}`, exitCode)
}

function deletedJob({ attempt }: Evidence): Verdict {
  return failedBy('job_deleted', `the Job of attempt ${attempt} was deleted before it ended`)
}

/** The beats of a claim stopped: `node` null: not known. A node that took its pod away is lost itself. */
export function lostVerdict(pod: PodFacts | undefined, at: { attempt: number; node: string | null }): Verdict {
  const node = pod?.node ?? at.node ?? 'unknown'
  const gone = pod?.reason === 'NodeLost' || NODE_GONE.includes(pod?.disruption ?? '')
  const what = gone ? 'the node was lost' : 'worker heartbeat lost'
  const code = gone ? 'node_lost' : 'heartbeat_lost'
  return failedBy(code, `${what}: node ${node}, attempt ${at.attempt}; you can resubmit`)
}

/** Why a pod is taken from a node that no longer answers. */
const NODE_GONE: readonly string[] = ['DeletionByTaintManager', 'DeletionByPodGC']

/** Exit codes that the runner gives when it can no longer say more (platform.md 2.6). */
const CODE_OF_EXIT: Readonly<Record<number, ErrorCode>> = {
  1: 'environment_invalid',
  64: 'config_invalid',
  65: 'data_invalid',
  70: 'engine_error',
  75: 'database_unavailable',
  76: 'timeout',
  79: 'memory_limit',
}
const KILLED = 137
const SIGNALS = 128
const MIB = 1024 * 1024

function failed(code: ErrorCode, message: string, pod: PodFacts, peakMemoryBytes: number | null = null): Verdict {
  const exitCode = pod.end?.exitCode ?? null
  const peak = peakMemoryBytes ?? pod.end?.termination?.peakMemory ?? null
  return { is: 'failed', code, message, exitCode, peakMemoryBytes: peak }
}

function failedBy(code: ErrorCode, message: string, exitCode: number | null = null): Verdict {
  return { is: 'failed', code, message, exitCode, peakMemoryBytes: null }
}

function cause(verdict: Verdict): End {
  return { rank: RANK.cause, verdict }
}

function unclear(verdict: Verdict): End {
  return { rank: RANK.unclear, verdict }
}

function where(pod: PodFacts, { attempt, parallelism }: Evidence): string {
  const index = parallelism > 1 ? `, index ${pod.index}` : ''
  return `attempt ${attempt}${index} (pod ${pod.name}, node ${pod.node ?? 'none'})`
}

/** The same for the kernel's kill as for the runner's own: limit, peak and what to do. */
function memoryText({ memoryLimitBytes, reached }: Evidence): string {
  const limit = memoryLimitBytes === null ? 'the limit' : `${Math.round(memoryLimitBytes / MIB)} MiB`
  return `memory reached ${limit}${reached}; the limit is ${limit}; raise memoryLimit`
}

function timeoutText({ timeoutSeconds, reached }: Evidence): string {
  return `timed out after ${timeoutSeconds} s${reached}; raise timeoutSeconds (up to 14400) or shorten the period`
}
