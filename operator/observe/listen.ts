import type { Lane } from '../../kube/lanes.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Change } from '../../kube/reflector/reflector.ts'
import { type Subject, subjectOf, subjectOfJob } from '../subject.ts'
import { type CacheOptions, type Caches, REQUEST } from './caches.ts'
import type { Directory } from './directory.ts'
import { controllerUid, type Kept } from './kept.ts'

/** What happens to a Job happens to its pods, within some milliseconds: one pass sees all of it. */
const TOGETHER_MS = 50

export interface Ears {
  readonly caches: () => Caches
  readonly directory: Directory
  readonly kept: Kept
  readonly enqueue: (subject: Subject, lane: Lane) => void
  /** In the lane of statuses. */
  readonly enqueueAfter: (subject: Subject, ms: number) => void
  /** A Job is another by now: what it holds is counted again. */
  readonly recount: (job: KubeObject) => void
  /** A Job ended, was suspended or went: there may be room. */
  readonly freed: () => void
}

/** What a change on the cluster calls for: keys alone, whatever happened is looked up again. */
export function listen(ears: Ears): Pick<CacheOptions, 'onResource' | 'onKnown' | 'onJob' | 'onPod'> {
  const { directory, kept, enqueue, enqueueAfter, recount, freed } = ears
  const call = (subject: Subject | null, lane: Lane) => {
    if (subject !== null) enqueue(subject, lane)
  }
  const callSoon = (subject: Subject | null) => {
    if (subject !== null) enqueueAfter(subject, TOGETHER_MS)
  }
  const went = (object: KubeObject) => {
    const { uid, name } = object.metadata
    if (uid !== undefined) directory.gone(uid, name)
    call(subjectOf(object), 'cancel')
  }
  const wakeResamplers = ({ kind, metadata }: KubeObject) => {
    if (kind !== 'Backtest') return
    for (const one of ears.caches().resamplersOf(metadata.namespace ?? '', metadata.name))
      call(subjectOf(one), 'status')
  }
  return {
    onResource(change) {
      const { object } = change
      // It left the selector, since it finished, or it is gone: which of them, its metadata will tell.
      if (change.type === 'deleted') return wakeResamplers(object)
      if (change.previous !== null && isSameAsk(change.previous, object)) return
      call(subjectOf(object), laneOf(object))
    },
    onKnown(change) {
      const { object, previous, type } = change
      if (type === 'deleted') return went(object)
      if (previous !== null && previous.metadata.uid !== object.metadata.uid) went(previous)
      // Those that are not finished are called by their own watch; what was there before is the sweep's.
      if (type === 'modified' && previous !== null && !isSameAsk(previous, object)) {
        call(subjectOf(object), laneOf(object))
      }
      if (previous === null) wakeResamplers(object)
    },
    onJob(change) {
      recount(change.object)
      if (isEcho(change)) return
      if (change.type === 'deleted') kept.job(change.object)
      callSoon(subjectOfJob(change.object))
      freed()
    },
    onPod(change) {
      const jobUid = controllerUid(change.object)
      const job = jobUid === null ? undefined : (ears.caches().jobByUid(jobUid) ?? kept.jobByUid(jobUid))
      // Without its Job, nobody will ever ask for it: that was forgotten, or is none of ours.
      if (job === undefined) return
      if (change.type === 'deleted') kept.pod(change.object)
      callSoon(subjectOfJob(job))
    },
  }
}

/** An own write that comes back: the pass that made it has looked again since. */
function isEcho({ type, object, previous }: Change): boolean {
  const { resourceVersion } = object.metadata
  return type === 'modified' && resourceVersion !== undefined && previous?.metadata.resourceVersion === resourceVersion
}

/** Nothing was asked anew: a status was written, as a rule by ourselves. */
function isSameAsk(before: KubeObject, after: KubeObject): boolean {
  const [old, now] = [before.metadata, after.metadata]
  return (
    old.uid === now.uid &&
    old.generation === now.generation &&
    old.deletionTimestamp === now.deletionTimestamp &&
    old.labels?.[REQUEST] === now.labels?.[REQUEST]
  )
}

function laneOf({ metadata }: KubeObject): Lane {
  if (metadata.deletionTimestamp !== undefined) return 'cancel'
  return metadata.labels?.[REQUEST]?.startsWith('cancel-') === true ? 'cancel' : 'admit'
}
