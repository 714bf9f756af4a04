import type { Clock, Random } from '../../kube/clock.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { KINDS, type KindName } from '../../kube/kinds.ts'
import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import { createOutage, type Outage } from '../../kube/reflector/outage.ts'
import { type Change, type Reflector, startReflector, type Trouble } from '../../kube/reflector/reflector.ts'
import type { JobObject, PodObject } from '../../kube/workloads.ts'
import type { JobOwnerKind } from '../reconcile/types.ts'
import { LABELS } from './workloads.ts'

/** The kinds that have a job of their own. */
export const OWNER_KINDS = ['Backtest', 'WalkForward', 'MonteCarlo'] as const satisfies readonly JobOwnerKind[]

/** Finished resources are neither watched nor kept (design.md 3, *Watches*); an absent phase passes. */
const NOT_FINISHED = ['Completed', 'Failed', 'Cancelled'].map((phase) => `status.phase!=${phase}`).join(',')
const OURS = `${LABELS.managedBy}=hindcast`

/** What the operator keeps of the cluster, following it. */
export interface Caches {
  /** The resource while it is not finished. */
  active(kind: JobOwnerKind, uid: string): KubeObject | undefined
  activeOf(kind: JobOwnerKind): readonly KubeObject[]
  /** Name, generation and request label of every resource there is, finished or not. */
  known(kind: JobOwnerKind, uid: string): KubeObject | undefined
  knownByName(kind: JobOwnerKind, namespace: string, name: string): KubeObject | undefined
  /** MonteCarlos that are not finished and resample the Backtest of that name. */
  resamplersOf(namespace: string, name: string): readonly KubeObject[]
  jobsOf(resourceUid: string): readonly JobObject[]
  jobsOfAttempt(jobId: string, attempt: number): readonly JobObject[]
  jobByUid(uid: string): JobObject | undefined
  podsOf(jobUid: string): readonly PodObject[]
  /** Read your writes. */
  assume(object: KubeObject): void
  synced(): boolean
  /** Of each watch; seconds since its last sign of life. */
  ages(): Readonly<Record<string, number>>
  /** Why it will not sync as things are; null: nothing in the way. */
  trouble(): string | null
  /** The API server has answered somebody else after an outage: whoever waits for it here asks it soon. */
  answered(): void
  stop(): void
}

export interface CacheOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly namespaces: readonly string[]
  readonly onResource: (change: Change) => void
  /** Name, generation or label of any resource, finished ones too. */
  readonly onKnown: (change: Change) => void
  readonly onJob: (change: Change) => void
  readonly onPod: (change: Change) => void
  readonly onTrouble: (trouble: Trouble) => void
}

export function startCaches(options: CacheOptions): Caches {
  const outage = createOutage(options)
  const { active, known, jobs, pods } = startReflectors(options, outage)
  const all: Readonly<Record<string, Reflector>> = {
    ...active,
    ...Object.fromEntries(OWNER_KINDS.map((kind) => [`${kind}Metadata`, known[kind]])),
    Job: jobs,
    Pod: pods,
  }
  return {
    active: (kind, uid) => active[kind].byIndex('uid', uid)[0],
    activeOf: (kind) => active[kind].list(),
    known: (kind, uid) => known[kind].byIndex('uid', uid)[0],
    knownByName: (kind, namespace, name) => known[kind].get(`${namespace}/${name}`),
    resamplersOf: (namespace, name) => active.MonteCarlo.byIndex('source', `${namespace}/${name}`),
    jobsOf: (uid) => jobs.byIndex('owner', uid) as readonly JobObject[],
    jobsOfAttempt: (jobId, attempt) => jobs.byIndex('attempt', `${jobId}/${attempt}`) as readonly JobObject[],
    jobByUid: (uid) => jobs.byIndex('uid', uid)[0] as JobObject | undefined,
    podsOf: (uid) => pods.byIndex('job', uid) as readonly PodObject[],
    assume(object) {
      const kind = object.kind as KindName
      if (kind === 'Job') jobs.assume(object)
      else if (kind in active) active[kind as JobOwnerKind].assume(object)
    },
    synced: () => Object.values(all).every((one) => one.synced()),
    ages: () => Object.fromEntries(Object.entries(all).map(([name, one]) => [name, one.lastEventAgeMs() / 1000])),
    trouble: () => {
      const [name, found] = Object.entries(all).find(([, one]) => one.figures().trouble !== null) ?? []
      return found === undefined ? null : `${name}: ${found.figures().trouble?.message}`
    },
    answered: outage.over,
    stop: () => {
      for (const one of Object.values(all)) one.stop()
    },
  }
}

function startReflectors(options: CacheOptions, outage: Outage) {
  const { cluster, clock, random, namespaces, onTrouble } = options
  const common = { cluster, clock, random, namespaces, onTrouble, outage }
  const byUid = { uid: (object: KubeObject) => values(object.metadata.uid) }
  const perKind = <Made>(make: (kind: JobOwnerKind) => Made) =>
    Object.fromEntries(OWNER_KINDS.map((kind) => [kind, make(kind)])) as Record<JobOwnerKind, Made>
  const active = perKind((kind) =>
    startReflector({
      ...common,
      kind,
      fieldSelector: NOT_FINISHED,
      keep: withItsSpec,
      indexes: { ...byUid, source: sourceNames },
      onChange: options.onResource,
    }),
  )
  const known = perKind((kind) =>
    startReflector({
      ...common,
      kind,
      metadataOnly: true,
      // The API server calls it PartialObjectMetadata, whatever it is of.
      keep: (object) => ({ apiVersion: KINDS[kind].apiVersion, kind, metadata: bareMetadata(object.metadata) }),
      indexes: byUid,
      onChange: options.onKnown,
    }),
  )
  const jobs = startReflector({
    ...common,
    kind: 'Job',
    labelSelector: OURS,
    keep: bareJob,
    indexes: { ...byUid, owner: controllers, attempt: attemptKeys },
    onChange: options.onJob,
  })
  const pods = startReflector({
    ...common,
    kind: 'Pod',
    labelSelector: OURS,
    keep: barePod,
    indexes: { job: controllers },
    onChange: options.onPod,
  })
  return { active, known, jobs, pods }
}

function values(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value]
}

/** Uids of what controls it. */
function controllers(object: KubeObject): readonly string[] {
  return (object.metadata.ownerReferences ?? []).filter((owner) => owner.controller === true).map((owner) => owner.uid)
}

function attemptKeys({ metadata: { labels } }: KubeObject): readonly string[] {
  const [jobId, attempt] = [labels?.[LABELS.jobId], labels?.[LABELS.attempt]]
  return jobId === undefined || attempt === undefined ? [] : [`${jobId}/${attempt}`]
}

/** `namespace/name` of the Backtest that a MonteCarlo resamples; of other kinds nothing. */
function sourceNames({ kind, metadata, spec }: KubeObject): readonly string[] {
  if (kind !== 'MonteCarlo') return []
  const { backtestRef } = (spec ?? {}) as { readonly backtestRef?: { readonly name?: unknown } }
  const name = typeof backtestRef?.name === 'string' ? backtestRef.name : `${metadata.name}-source`
  return [`${metadata.namespace}/${name}`]
}

/** A hundred thousand finished resources are kept so: a few hundred bytes each. */
function bareMetadata(metadata: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, generation, resourceVersion, labels, ownerReferences } = metadata
  const request = labels?.[REQUEST]
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(generation === undefined ? {} : { generation }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(request === undefined ? {} : { labels: { [REQUEST]: request } }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
  }
}

/** A status that was written leaves the spec as it is: one copy of it, and one reading (directory.ts). */
function withItsSpec(object: KubeObject, before?: KubeObject): KubeObject {
  const metadata = withoutManagedFields(object.metadata)
  const isSame = before?.metadata.uid === metadata.uid && before?.metadata.generation === metadata.generation
  return { ...object, metadata, ...(isSame ? { spec: before?.spec } : {}) }
}

/** Of a Job all but the template of its pods, which is three quarters of it. */
function bareJob(object: KubeObject): KubeObject {
  const { template: _, selector: __, ...spec } = (object.spec ?? {}) as Readonly<Record<string, unknown>>
  return { ...object, metadata: withoutManagedFields(object.metadata), spec }
}

/** Of a pod's spec only the node is looked at. */
function barePod(object: KubeObject): KubeObject {
  const metadata = withoutManagedFields(object.metadata)
  const { nodeName } = (object.spec ?? {}) as { readonly nodeName?: string }
  return { ...object, metadata, spec: nodeName === undefined ? {} : { nodeName } }
}

/** The label by which a resource is asked to cancel or to run again. */
export const REQUEST = 'hindcast.dev/request'

function withoutManagedFields({ managedFields: _, ...metadata }: ObjectMeta): ObjectMeta {
  return metadata
}
