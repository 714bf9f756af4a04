import type { IsoDate } from '../core/dates.ts'
import { HindcastError } from '../core/errors.ts'
import type { Catalog } from '../core/plan.ts'
import type { ResourceStatus } from '../core/status/shape.ts'
import { ENGINE_REVISION } from '../engine/revision.ts'
import type { Clock } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { isKubeError } from '../kube/kube-error.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Ledger } from '../storage/ledger/ledger.ts'
import type { Standing } from '../storage/ledger/operator/port.ts'
import type { Pass } from './act/context.ts'
import type { OperatorConfig } from './config.ts'
import { intentOf } from './intent/intent.ts'
import { type Reading, readResource } from './intent/read-resource.ts'
import { sourcesOf } from './intent/sources.ts'
import type { Beats } from './observe/beats.ts'
import { type Caches, REQUEST } from './observe/caches.ts'
import type { Directory } from './observe/directory.ts'
import type { Kept } from './observe/kept.ts'
import type { Launches } from './observe/launches.ts'
import type { Rooms } from './observe/rooms.ts'
import { shownFacts } from './observe/shown.ts'
import { jobFacts, LABELS } from './observe/workloads.ts'
import type { Intent, JobFacts, Observed, ResourceFacts, Seen } from './reconcile/types.ts'
import type { Subject } from './subject.ts'

/** Where everything is that a decision may look at. */
export interface Eyes {
  readonly cluster: Cluster
  readonly ledger: Ledger
  readonly catalog: () => Promise<Catalog>
  readonly clock: Clock
  readonly config: OperatorConfig
  readonly caches: Caches
  readonly kept: Kept
  readonly directory: Directory
  readonly beats: Beats
  readonly launches: Launches
  readonly rooms: Rooms
}

/** Ties the log lines of API, operator and runner; else the resource's uid does. */
const REQUEST_ID = 'hindcast.dev/request-id'

/**
 * Everything about one resource, read as close together as it can be. Rejects where the API server does not answer; a
 * record out of reach is a value.
 */
export async function observe(eyes: Eyes, subject: Subject): Promise<Pass> {
  const object = await objectOf(eyes, subject)
  const reading = object === null ? null : eyes.directory.reading(object, () => readResource(object, today(eyes.clock)))
  const found = await readRecord(eyes, { subject, object, reading })
  const name = nameOf(eyes, { subject, object, standing: found?.standing ?? null })
  const resource = { ...resourceFacts(subject, object, name), abandoned: await isAbandoned(eyes, object) }
  const seen = observedOf(eyes, { resource, found })
  const request = reading !== null && 'request' in reading ? reading.request : null
  const id = object?.metadata.annotations?.[REQUEST_ID]
  return {
    seen: Object.freeze(seen),
    object,
    head: request,
    requestId: id !== undefined && /^[\w.-]{1,64}$/.test(id) ? id : subject.uid,
  }
}

/**
 * The resource: from the cache while it is not finished, else asked for; null: it is gone. One that has just finished
 * may be in no cache, since the watch of all of them lags: the record has its name.
 */
async function objectOf(eyes: Eyes, { kind, namespace, uid }: Subject): Promise<KubeObject | null> {
  const { caches, cluster, directory } = eyes
  if (directory.isGone(uid)) return null
  const cached = caches.active(kind, uid)
  if (cached !== undefined) return cached
  const name = caches.known(kind, uid)?.metadata.name ?? (await nameInRecord(eyes, uid))
  if (name === undefined) return null
  try {
    const found = await cluster.get({ kind, namespace, name })
    return found.metadata.uid === uid ? found : null
  } catch (thrown) {
    if (isKubeError(thrown, 'not_found')) return null
    throw thrown
  }
}

/** Undefined where the record is out of reach, too: then nothing is concluded from a resource that looks gone. */
async function nameInRecord({ ledger }: Eyes, uid: string): Promise<string | undefined> {
  const standing = await ledger.standing({ resourceUid: uid, jobId: null }).catch(() => null)
  return standing?.resource?.name
}

interface Found {
  readonly standing: Standing
  readonly intent: Intent
}

/** Null: the record is out of reach. */
async function readRecord(
  eyes: Eyes,
  about: { readonly subject: Subject; readonly object: KubeObject | null; readonly reading: Reading | null },
): Promise<Found | null> {
  const { ledger, catalog } = eyes
  const status = (about.object?.status ?? null) as ResourceStatus | null
  const resourceUid = about.subject.uid
  try {
    const first = await ledger.standing({ resourceUid, jobId: status?.jobId ?? null })
    const intent = await intentOf({
      reading: about.reading,
      job: first.job,
      pinned: status?.snapshotId ?? null,
      catalog,
      sources: sourcesOf(eyes, resourceUid),
    })
    if (first.job !== null || intent.is !== 'planned') return { standing: first, intent }
    // Looked for already, under the id that the resource's own row names.
    if ((status?.jobId ?? first.resource?.jobId) === intent.plan.jobId) return { standing: first, intent }
    // Its job may be there already, asked for by another resource.
    return { standing: await ledger.standing({ resourceUid, jobId: intent.plan.jobId }), intent }
  } catch (thrown) {
    if (thrown instanceof HindcastError && thrown.code === 'database_unavailable') return null
    throw thrown
  }
}

function observedOf(eyes: Eyes, of: { readonly resource: ResourceFacts; readonly found: Found | null }): Observed {
  const { resource, found } = of
  const seen = seenOf(eyes, of)
  if (found === null) return { ...seen, record: 'unreadable' }
  const { standing } = found
  const { resource: remembered, job } = standing
  if (job === null) return { ...seen, record: 'none', remembered }
  const suspended = (uid: string, kind: string) =>
    (eyes.caches.active(kind as ResourceFacts['kind'], uid)?.spec as { suspend?: unknown } | undefined)?.suspend ===
    true
  return {
    ...seen,
    resource,
    record: 'row',
    remembered,
    job,
    attempt: standing.attempt,
    lastGood: standing.lastGood,
    claims: standing.claims,
    sharers: standing.sharers.map((sharer) => ({ ...sharer, suspended: suspended(sharer.uid, sharer.kind) })),
  }
}

function seenOf(eyes: Eyes, of: { readonly resource: ResourceFacts; readonly found: Found | null }): Seen {
  const { beats, launches, rooms, config, clock } = eyes
  const { resource, found } = of
  const standing = found?.standing ?? null
  const { jobId = '', attempt = 0, jobsMade = 0 } = standing?.attempt ?? {}
  const now = standing === null ? clock.now() : Date.parse(standing.now)
  return {
    now,
    resource,
    intent: found?.intent ?? { is: 'unknown' },
    jobs: jobsOf(eyes, resource.uid),
    launch: launches.facts(jobId, attempt, jobsMade),
    beats: beats.facts(jobId, attempt),
    slots: { granted: 0, why: 'not asked for yet' },
    health: {
      redisLost: !beats.redisUp() || (standing?.claims ?? []).some((claim) => claim.redisLost),
      storageFull: rooms.whyFull(resource.namespace),
    },
    shown: shownFacts({ standing, status: resource.status, fresh: beats.progress(jobId, attempt), now, config }),
    engineRevision: ENGINE_REVISION,
  }
}

/** Jobs that are there, and those that were until they went. */
function jobsOf({ caches, kept }: Eyes, uid: string): readonly JobFacts[] {
  const live = caches.jobsOf(uid)
  const there = new Set(live.map((job) => job.metadata.uid))
  const gone = kept.jobsOf(uid).filter((job) => !there.has(job.metadata.uid))
  const facts = (job: (typeof live)[number], isGone: boolean) => {
    const jobUid = job.metadata.uid ?? ''
    const pods = caches.podsOf(jobUid)
    const present = new Set(pods.map((pod) => pod.metadata.uid))
    const lost = kept.podsOf(jobUid).filter((pod) => !present.has(pod.metadata.uid))
    const all = [...pods.map((object) => ({ object, gone: false })), ...lost.map((object) => ({ object, gone: true }))]
    return jobFacts(job, all, isGone)
  }
  return [...live.map((job) => facts(job, false)), ...gone.map((job) => facts(job, true))]
}

/** Whether the MonteCarlo that the object was made for has ended without a result, as the record has it. */
async function isAbandoned({ caches, ledger }: Eyes, object: KubeObject | null): Promise<boolean> {
  const owner = object?.metadata.ownerReferences?.find(
    ({ controller, kind }) => controller === true && kind === 'MonteCarlo',
  )
  if (owner === undefined || caches.active('MonteCarlo', owner.uid) !== undefined) return false
  try {
    const { resource } = await ledger.standing({ resourceUid: owner.uid, jobId: null })
    return resource !== null && resource.finishedAt !== null && !GOOD_ENDS.includes(resource.outcome ?? '')
  } catch (thrown) {
    if (thrown instanceof HindcastError && thrown.code === 'database_unavailable') return false
    throw thrown
  }
}

const GOOD_ENDS: readonly string[] = ['completed', 'reused']

function resourceFacts(
  { kind, namespace, uid }: Subject,
  object: KubeObject | null,
  name: string,
): Omit<ResourceFacts, 'abandoned'> {
  return {
    uid,
    kind,
    namespace,
    name,
    generation: object?.metadata.generation ?? 0,
    request: object?.metadata.labels?.[REQUEST] ?? null,
    status: (object?.status as ResourceStatus | undefined) ?? null,
    gone: object === null || object.metadata.deletionTimestamp !== undefined,
    queued: object?.metadata.labels?.[LABELS.queue] !== undefined,
  }
}

/** Of a resource that is gone the name is known from before, else from the record. */
function nameOf(
  { caches, directory }: Eyes,
  of: { readonly subject: Subject; readonly object: KubeObject | null; readonly standing: Standing | null },
): string {
  const { kind, uid } = of.subject
  const known = of.object ?? caches.known(kind, uid)
  return known?.metadata.name ?? directory.nameOf(uid) ?? of.standing?.resource?.name ?? ''
}

function today(clock: Clock): IsoDate {
  return new Date(clock.now()).toISOString().slice(0, 10) as IsoDate
}
