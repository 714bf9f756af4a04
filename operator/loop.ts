import { isDeepStrictEqual } from 'node:util'
import type { EventName } from '../core/events.ts'
import { isTerminal } from '../core/lifecycle.ts'
import type { ResourceStatus } from '../core/status/shape.ts'
import { act } from './act/act.ts'
import type { Acted, Hands, Pass } from './act/context.ts'
import type { OperatorConfig } from './config.ts'
import type { Fields, Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Desk } from './observe/desk.ts'
import { type Eyes, observe } from './observe.ts'
import type { Wish } from './reconcile/admission.ts'
import { decide } from './reconcile/rules.ts'
import { statusFor } from './reconcile/status-for.ts'
import type { Action, Decision, Observed } from './reconcile/types.ts'
import { type Subject, subjectAs } from './subject.ts'

/** What a worker of the queue works with. */
export interface Loop {
  readonly eyes: Eyes
  /** Null until the epoch is raised: then nothing can be written, and the record counts as out of reach. */
  readonly hands: () => Hands | null
  readonly desk: Desk
  readonly config: OperatorConfig
  readonly log: Log
  readonly metrics: Metrics
  readonly monotonic: () => number
  /** Events of Kubernetes, for people who describe the resource. */
  readonly tell: (pass: Pass, event: EventName, note: string) => void
  /** Asks for a pass over another resource of the same job. */
  readonly call: (subject: Subject) => void
  /** Slots were freed, or may have been. */
  readonly freed: () => void
  /** The store of a namespace holds what nobody will read, or lacks what only who mounts it can add to the record. */
  readonly leftovers: (namespace: string) => void
  /** Not leading, or not for now: the pass in hand writes nothing more. */
  readonly stopped: () => boolean
}

/** Passes over one resource in a row: each action calls for another look, and a job needs five until it starts. */
const PASSES_IN_A_ROW = 8
/** After a write that touched nothing, or was not made: whoever was first shows in the next look. */
const FENCED_MS = 100
/** What waits no longer than this waits for the status of this very pass. */
const SOON_MS = 50

/**
 * One call of the queue: looks, decides, acts once, and looks again until nothing is left to do; then the status. A
 * crash anywhere is made good by the next look.
 */
export async function reconcile(loop: Loop, subject: Subject): Promise<undefined | { readonly afterMs: number }> {
  for (let passes = 0; passes < PASSES_IN_A_ROW; passes += 1) {
    if (loop.stopped()) return { afterMs: FENCED_MS }
    const since = loop.monotonic()
    const { pass, decision } = await look(loop, subject)
    // It may have stood still while it looked, and another one leads by now: what it saw is old.
    if (loop.stopped()) return { afterMs: FENCED_MS }
    const acted = await perform(loop, pass, decision)
    loop.metrics.reconciles.inc({ rule: decision.rule, result: acted })
    loop.metrics.reconcileSeconds.observe((loop.monotonic() - since) / 1000)
    if (acted === 'fenced') return { afterMs: FENCED_MS }
    if (acted === 'nothing') {
      const written = await writeStatus(loop, pass)
      // A rule that waits for its status to be written need not wait any longer.
      if (written && decision.afterMs !== null && decision.afterMs <= SOON_MS) continue
      return decision.afterMs === null ? undefined : { afterMs: decision.afterMs }
    }
  }
  return { afterMs: 0 }
}

/** Observes and decides; whoever would take a slot is put on the list, and asked again with what it gets. */
async function look(loop: Loop, subject: Subject): Promise<{ pass: Pass; decision: Decision }> {
  const { eyes, config, log } = loop
  const found = await observe(eyes, subject)
  const hands = loop.hands()
  const seen: Observed =
    hands === null && found.seen.record !== 'unreadable' ? { ...found.seen, record: 'unreadable' } : found.seen
  noteSlots(loop, seen)
  const wish = wishOf(seen, config)
  const { desk } = loop
  if (wish === null) desk.withdraw(subject.uid)
  const slots = wish === null ? seen.slots : desk.ask(wish, seen.now)
  const pass = { ...found, seen: Object.freeze({ ...seen, slots }) }
  const decision = decide(pass.seen, config.clocks)
  log('pass_decided', { ...fieldsOf(pass), rule: decision.rule, action: decision.action?.do ?? null })
  return { pass, decision }
}

/** What it would take, were there room; null: nothing. Asked of the rules themselves, so that they alone decide. */
export function wishOf(seen: Observed, config: OperatorConfig): Wish | null {
  if (seen.record !== 'row' || seen.intent.is !== 'planned' || seen.resource.queued) return null
  const { uid, namespace } = seen.resource
  const open = seen.attempt
  const wants = Math.max(seen.intent.parallelism, open?.parallelism ?? 1)
  // As if it had been shown as well: the status is written only once it is known to wait or to start.
  const resource = { ...seen.resource, status: { ...seen.resource.status, jobId: seen.job.jobId } }
  const { action } = decide({ ...seen, resource, slots: { granted: wants, why: '' } }, config.clocks)
  const queuedAt = Date.parse(seen.job.queuedAt ?? seen.job.createdAt)
  if (action?.do === 'openAttempt') {
    return { uid, namespace, priority: seen.intent.run.priority, wants: seen.intent.parallelism, queuedAt }
  }
  if (action?.do !== 'resumeJob' || open === null) return null
  return { uid, namespace, priority: open.priority, wants: open.parallelism, fixed: true, queuedAt }
}

/** What the look says of slots and of Jobs that went: an open attempt holds its slots, an ended one needs no pods. */
function noteSlots(loop: Loop, seen: Observed): void {
  const { desk, eyes } = loop
  if (seen.record === 'unreadable') return
  if (seen.record === 'none' || seen.attempt === null) {
    for (const { gone, uid } of seen.jobs) if (gone) eyes.kept.forget(uid)
    return
  }
  const { attempt, job } = seen
  const ended = isTerminal(attempt.status) || isTerminal(job.status)
  // The answer to its opening may have been lost: whoever sees an open attempt counts it.
  if (!ended) desk.opened({ ...attempt, namespace: seen.resource.namespace })
  if (ended && desk.closed(attempt.jobId, attempt.attempt)) {
    loop.freed()
    callSharers(loop, seen)
  }
  for (const { gone, uid, attempt: number } of seen.jobs) {
    if (gone && (ended || number !== attempt.attempt)) eyes.kept.forget(uid)
  }
  if (ended) eyes.launches.forget(attempt.jobId)
}

async function perform(loop: Loop, pass: Pass, decision: Decision): Promise<Acted | 'nothing'> {
  const { action, says } = decision
  const hands = loop.hands()
  const acted = action === null || hands === null ? 'nothing' : await act(hands, pass, action)
  if (acted === 'fenced') {
    loop.log('fenced_writer', { ...fieldsOf(pass), rule: decision.rule, write: action?.do })
    return acted
  }
  if (says !== null) loop.tell(pass, says.event, says.note)
  if (decision.leftovers && acted === 'done') loop.leftovers(pass.seen.resource.namespace)
  if (acted === 'done' && isFullStore(action)) loop.eyes.rooms.noteFull(pass.seen.resource.namespace)
  if (acted === 'done' && action !== null && FREEING.includes(action.do)) loop.freed()
  if (acted === 'done' && action !== null && PASSING_ON.includes(action.do)) callSharers(loop, pass.seen)
  return acted
}

/** Before the next pass of anybody: an attempt that is opened meanwhile would find no room either. */
function isFullStore(action: Action | null): boolean {
  return (action?.do === 'retry' || action?.do === 'settle') && action.failure.errorClass === 'storage_full'
}

/** Actions after which there may be room for others. */
const FREEING: readonly Action['do'][] = ['settle', 'retry', 'deleteJob', 'complete', 'suspendJob']
/** … and after which another resource of the same job may have its turn, or its answer. */
const PASSING_ON: readonly Action['do'][] = ['finish', 'markGone', 'settle', 'complete']

/** The others that wait for the same result; each of them is called once for what happened once. */
function callSharers({ call }: Loop, seen: Observed): void {
  if (seen.record !== 'row') return
  for (const { kind, namespace, uid } of seen.sharers) {
    const subject = uid === seen.resource.uid ? null : subjectAs(kind, namespace, uid)
    if (subject !== null) call(subject)
  }
}

/** Writes the status where it says something else than the one that stands: then true. What is gone has none. */
async function writeStatus(loop: Loop, pass: Pass): Promise<boolean> {
  const { eyes } = loop
  const { resource } = pass.seen
  if (pass.object === null || resource.gone) {
    if (pass.seen.record !== 'unreadable') eyes.directory.forget(resource.uid)
    return false
  }
  const next = statusFor(pass.seen, loop.config.clocks)
  if (next === null || isDeepStrictEqual(next, resource.status)) return false
  const { kind, namespace, name, uid } = resource
  const written = await eyes.cluster.applyStatus(
    { kind, namespace, name, uid },
    next as Readonly<Record<string, unknown>>,
  )
  eyes.caches.assume(written)
  noteEnd(loop, pass, { before: resource.status, next })
  return true
}

/** Counts a job that ended, once: when the status of its holder says so first. */
function noteEnd(
  { metrics }: Loop,
  { seen }: Pass,
  { before, next }: { readonly before: ResourceStatus | null; readonly next: ResourceStatus },
): void {
  const isNews = next.conditions?.some(isFinished) === true && before?.conditions?.some(isFinished) !== true
  if (!isNews || seen.record !== 'row' || seen.job.holderUid !== seen.resource.uid) return
  const { job, attempt } = seen
  metrics.finished.inc({ kind: job.kind, status: job.status, error_class: job.errorClass ?? '' })
  const seconds = (from: string | null | undefined, to: string | null) =>
    from == null || to === null ? null : Math.max(0, Date.parse(to) - Date.parse(from)) / 1000
  const ran = seconds(attempt?.startedAt, job.completedAt)
  if (ran !== null) metrics.attemptSeconds.observe({ kind: job.kind }, ran)
  const cancelled = job.status === 'cancelled' ? seconds(job.cancelRequestedAt, job.completedAt) : null
  if (cancelled !== null) metrics.cancelSeconds.observe(cancelled)
  if (job.peakMemoryBytes !== null) metrics.peakMemory.observe(job.peakMemoryBytes)
}

const isFinished = ({ type, status }: { readonly type: string; readonly status: string }) =>
  type === 'Finished' && status === 'True'

/** What every line about a resource says of it. */
export function fieldsOf({ seen, requestId }: Pass): Fields {
  const { kind, namespace, name, uid } = seen.resource
  const row = seen.record === 'row' ? { job_id: seen.job.jobId, attempt: seen.job.attempt } : {}
  return { kind, namespace, name, uid, request_id: requestId, ...row }
}
