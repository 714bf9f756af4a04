import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../../kube/clock.ts'
import type { DeleteOptions } from '../../../kube/cluster.ts'
import { KINDS, type KindName, RESOURCE_KINDS } from '../../../kube/kinds.ts'
import { KubeError } from '../../../kube/kube-error.ts'
import { type KubeObject, keyOf, type ObjectMeta } from '../../../kube/object.ts'
import type { State } from './state.ts'

/** What the writes below need of the server: its objects, its clock, and texts nobody can guess. */
export interface Server {
  readonly state: State
  readonly clock: Clock
  /** A seed of uids, so that two worlds of one seed have the same names. */
  readonly uidSeed: string
}

/** Set while the garbage collector deletes the dependents first. */
export const FOREGROUND = 'foregroundDeletion'
export const ORPHAN = 'orphan'

const OURS: ReadonlySet<string> = new Set(RESOURCE_KINDS)
/** Kinds whose status is written through its own door, and whose generation counts changes of the rest. */
const WITH_STATUS: ReadonlySet<string> = new Set([...RESOURCE_KINDS, 'Job', 'Pod'])
/** A pod's grace period when neither its spec nor the delete says one. */
const POD_GRACE_SECONDS = 30

/** RFC 3339 in whole seconds, as the API server writes times. */
export function timeText(clock: Clock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`
}

export function kindOf(object: KubeObject): KindName {
  const kind = KINDS[object.kind as KindName]
  if (kind === undefined || kind.apiVersion !== object.apiVersion)
    throw new KubeError('not_found', `the server knows no ${object.kind} in ${object.apiVersion}`, { status: 404 })
  return object.kind as KindName
}

export function found(server: Server, kind: KindName, key: string, uid?: string): KubeObject {
  const object = server.state.read(kind, key)
  if (object === undefined)
    throw new KubeError('not_found', `${KINDS[kind].plural} "${key}" not found`, { status: 404 })
  if (uid !== undefined && uid !== object.metadata.uid)
    throw new KubeError('conflict', `Precondition failed: UID ${uid}, not ${object.metadata.uid}`, { status: 409 })
  return object
}

/** Creates: uid, times, generation and defaults are the server's; a status that came along is dropped. */
export function createObject(server: Server, wanted: KubeObject): KubeObject {
  const kind = kindOf(wanted)
  const key = keyOf(wanted)
  if (wanted.metadata.name === '' || (KINDS[kind].namespaced && !wanted.metadata.namespace))
    throw new KubeError('invalid', `${kind} without a name or a namespace`, { status: 422 })
  if (server.state.read(kind, key) !== undefined)
    throw new KubeError('already_exists', `${KINDS[kind].plural} "${key}" already exists`, { status: 409 })
  const { status, ...rest } = wanted
  const metadata: ObjectMeta = {
    ...wanted.metadata,
    uid: uidOf(server, `${kind} ${key} ${server.state.version()}`),
    creationTimestamp: timeText(server.clock),
    ...(WITH_STATUS.has(kind) ? { generation: 1 } : {}),
  }
  const made: KubeObject = WITH_STATUS.has(kind) ? { ...rest, metadata } : { ...wanted, metadata }
  return server.state.put(kind, withDefaults(kind, made))
}

/** Changes all but the status. A change of nothing is no write; an object on its way out goes with its finalizers. */
export function updateObject(
  server: Server,
  kind: KindName,
  key: string,
  change: (object: KubeObject) => KubeObject,
): KubeObject {
  const before = found(server, kind, key)
  const changed = change(before)
  const after: KubeObject = {
    ...changed,
    metadata: { ...changed.metadata, ...fixed(before.metadata) },
    ...(WITH_STATUS.has(kind) ? { status: before.status } : {}),
  }
  if (WITH_STATUS.has(kind) && before.status === undefined) delete (after as { status?: unknown }).status
  if (same(before, after)) return before
  const moved = WITH_STATUS.has(kind) && !same(contents(before), contents(after))
  const generation = (before.metadata.generation ?? 0) + (moved ? 1 : 0)
  const written = moved ? { ...after, metadata: { ...after.metadata, generation } } : after
  return goesNow(written) ? server.state.remove(kind, key) : server.state.put(kind, written)
}

/** Writes the status alone. */
export function updateStatus(server: Server, kind: KindName, key: string, status: unknown): KubeObject {
  const before = found(server, kind, key)
  if (same(before.status, status)) return before
  return server.state.put(kind, { ...before, status })
}

/** Deletes, or marks as being deleted what finalizers or a running pod still hold. Null: gone at once. */
export function deleteObject(server: Server, kind: KindName, key: string, options: DeleteOptions): KubeObject | null {
  const object = found(server, kind, key)
  const finalizers = new Set(object.metadata.finalizers ?? [])
  if (options.propagation !== undefined) {
    for (const [policy, finalizer] of [
      ['Foreground', FOREGROUND],
      ['Orphan', ORPHAN],
    ] as const) {
      if (options.propagation === policy) finalizers.add(finalizer)
      else finalizers.delete(finalizer)
    }
  }
  const grace = kind === 'Pod' ? podGrace(object, options) : 0
  if (finalizers.size === 0 && grace === 0) {
    server.state.remove(kind, key)
    return null
  }
  const already = object.metadata.deletionTimestamp !== undefined
  const shorter = grace < (object.metadata.deletionGracePeriodSeconds ?? 0)
  if (already && !shorter && isDeepStrictEqual([...finalizers], [...(object.metadata.finalizers ?? [])])) return object
  const metadata: ObjectMeta = {
    ...object.metadata,
    ...(object.metadata.generation === undefined || already ? {} : { generation: object.metadata.generation + 1 }),
    deletionTimestamp: already && !shorter ? object.metadata.deletionTimestamp! : leavesAt(server.clock, grace),
    deletionGracePeriodSeconds: already && !shorter ? object.metadata.deletionGracePeriodSeconds! : grace,
    finalizers: [...finalizers],
  }
  if (finalizers.size === 0) delete (metadata as { finalizers?: unknown }).finalizers
  return server.state.put(kind, { ...object, metadata })
}

/** Whether nothing holds an object that is on its way out. */
function goesNow(object: KubeObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata
  return deletionTimestamp !== undefined && !deletionGracePeriodSeconds && (finalizers ?? []).length === 0
}

/** A pod that no node runs goes at once; one that has ended needs no grace either. */
function podGrace(pod: KubeObject, options: DeleteOptions): number {
  const spec = pod.spec as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined
  const phase = (pod.status as { phase?: string } | undefined)?.phase
  if (!spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0
  return options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? POD_GRACE_SECONDS
}

function leavesAt(clock: Clock, graceSeconds: number): string {
  return `${new Date(clock.now() + graceSeconds * 1000).toISOString().slice(0, 19)}Z`
}

function fixed(metadata: ObjectMeta): Partial<ObjectMeta> {
  const { name, namespace, uid, generation, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } =
    metadata
  const kept = {
    name,
    namespace,
    uid,
    generation,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
  }
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined))
}

/** What the generation counts. */
function contents(object: KubeObject): unknown {
  const { metadata, status, ...rest } = object
  return rest
}

/** Equal but for what every write changes; an absent key is the same as undefined. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [a, b] as Record<string, unknown>[]
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  for (const key of keys) {
    if (key === 'resourceVersion' || key === 'managedFields') continue
    if (!same(left![key], right![key])) return false
  }
  return true
}

function withDefaults(kind: KindName, object: KubeObject): KubeObject {
  if (OURS.has(kind)) return { ...object, status: { observedGeneration: -1 } }
  if (kind === 'Pod') return { ...object, status: { phase: 'Pending' } }
  if (kind === 'Job') {
    const defaults = { parallelism: 1, completions: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false }
    return { ...object, spec: { ...defaults, ...(object.spec as object) }, status: {} }
  }
  return object
}

function uidOf(server: Server, text: string): string {
  const hex = createHash('sha256').update(`${server.uidSeed} ${text}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
