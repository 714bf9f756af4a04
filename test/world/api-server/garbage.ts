import { KINDS, type KindName } from '../../../kube/kinds.ts'
import { type KubeObject, keyOf } from '../../../kube/object.ts'
import { createReactor } from './reactor.ts'
import { deleteObject, FOREGROUND, ORPHAN, type Server, updateObject } from './writes.ts'

/** Owner's uid -> `kind namespace/name` of what it owns. */
type Owned = Map<string, Set<string>>

/**
 * Deletes what lost its last owner, and the dependents of an owner that is deleted in the foreground: those that block
 * it first, then the owner itself.
 */
export function startGarbageCollector(server: Server, reactMs: () => number): () => void {
  const { state, clock } = server
  const owned: Owned = new Map()
  const reactor = createReactor(clock, reactMs, (address) => {
    const object = at(server, address)
    if (object !== undefined) collect(server, owned, object)
  })
  const unhear = state.onWrite(({ kind, key, before, after }) => {
    for (const { uid } of before?.metadata.ownerReferences ?? []) owned.get(uid)?.delete(`${kind} ${key}`)
    for (const { uid } of after?.metadata.ownerReferences ?? [])
      owned.set(uid, (owned.get(uid) ?? new Set()).add(`${kind} ${key}`))
    if (after !== null) reactor.name(`${kind} ${key}`)
    const uid = (after ?? before)!.metadata.uid!
    if (after === null || after.metadata.deletionTimestamp !== undefined)
      for (const dependent of owned.get(uid) ?? []) reactor.name(dependent)
    // A dependent that went may be the last that a foreground deletion waited for.
    if (after === null)
      for (const owner of before!.metadata.ownerReferences ?? [])
        reactor.name(`${owner.kind} ${before!.metadata.namespace ?? ''}/${owner.name}`)
  })
  return () => {
    unhear()
    reactor.stop()
  }
}

function collect(server: Server, owned: Owned, object: KubeObject): void {
  const kind = object.kind as KindName
  const finalizers = object.metadata.finalizers ?? []
  if (object.metadata.deletionTimestamp !== undefined) {
    if (finalizers.includes(ORPHAN)) orphan(server, owned, object)
    else if (finalizers.includes(FOREGROUND)) foreground(server, owned, object)
    return
  }
  const owners = object.metadata.ownerReferences ?? []
  if (owners.length === 0) return
  const alive = owners.filter((owner) => ownerOf(server, object, owner.uid) !== undefined)
  if (alive.length === 0) deleteObject(server, kind, keyOf(object), { propagation: 'Background' })
}

function foreground(server: Server, owned: Owned, object: KubeObject): void {
  const mine = dependents(server, owned, object.metadata.uid!)
  for (const dependent of mine) {
    if (dependent.metadata.deletionTimestamp !== undefined) continue
    const blocks = dependents(server, owned, dependent.metadata.uid!).length > 0
    deleteObject(server, dependent.kind as KindName, keyOf(dependent), {
      propagation: blocks ? 'Foreground' : 'Background',
    })
  }
  const blocking = dependents(server, owned, object.metadata.uid!).filter((dependent) =>
    dependent.metadata.ownerReferences!.some(
      (owner) => owner.uid === object.metadata.uid && owner.blockOwnerDeletion === true,
    ),
  )
  if (blocking.length === 0) dropFinalizer(server, object, FOREGROUND)
}

function orphan(server: Server, owned: Owned, object: KubeObject): void {
  for (const dependent of dependents(server, owned, object.metadata.uid!)) {
    updateObject(server, dependent.kind as KindName, keyOf(dependent), (before) => {
      const ownerReferences = before.metadata.ownerReferences!.filter((owner) => owner.uid !== object.metadata.uid)
      return { ...before, metadata: { ...before.metadata, ownerReferences } }
    })
  }
  dropFinalizer(server, object, ORPHAN)
}

/** Takes one finalizer away; the last one lets the object go. */
export function dropFinalizer(server: Server, object: KubeObject, finalizer: string): void {
  updateObject(server, object.kind as KindName, keyOf(object), (before) => {
    const finalizers = (before.metadata.finalizers ?? []).filter((other) => other !== finalizer)
    const metadata = { ...before.metadata, finalizers }
    if (finalizers.length === 0) delete (metadata as { finalizers?: unknown }).finalizers
    return { ...before, metadata }
  })
}

function dependents(server: Server, owned: Owned, uid: string): KubeObject[] {
  return [...(owned.get(uid) ?? [])].flatMap((address) => at(server, address) ?? [])
}

function at(server: Server, address: string): KubeObject | undefined {
  const space = address.indexOf(' ')
  return server.state.read(address.slice(0, space) as KindName, address.slice(space + 1))
}

/** The owner by uid, in the namespace of what it owns. */
function ownerOf(server: Server, object: KubeObject, uid: string): KubeObject | undefined {
  for (const { kind, name } of object.metadata.ownerReferences ?? []) {
    if (!(kind in KINDS)) continue
    const owner = server.state.read(kind as KindName, `${object.metadata.namespace ?? ''}/${name}`)
    if (owner?.metadata.uid === uid) return owner
  }
  return undefined
}
