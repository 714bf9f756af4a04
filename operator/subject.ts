import type { KubeObject } from '../kube/object.ts'
import { OWNER_KINDS } from './observe/caches.ts'
import type { JobOwnerKind } from './reconcile/types.ts'

/** Which resource: by uid, so that a namesake is another one. */
export interface Subject {
  readonly kind: JobOwnerKind
  readonly namespace: string
  readonly uid: string
}

/** A key of the queue: what stands before the first slash shares a lane fairly with other namespaces. */
export function keyOfSubject({ namespace, kind, uid }: Subject): string {
  return `${namespace}/${kind}/${uid}`
}

export function subjectOfKey(key: string): Subject {
  const [namespace = '', kind = '', uid = ''] = key.split('/')
  return { namespace, kind: kind as JobOwnerKind, uid }
}

/** The resource itself; null for a kind without a job of its own, and before it has a uid. */
export function subjectOf({ kind, metadata }: KubeObject): Subject | null {
  return subjectAs(kind, metadata.namespace, metadata.uid)
}

/** The resource that controls a Job; null where none of ours does. */
export function subjectOfJob({ metadata }: KubeObject): Subject | null {
  const owner = metadata.ownerReferences?.find((one) => one.controller === true)
  return owner === undefined ? null : subjectAs(owner.kind, metadata.namespace, owner.uid)
}

export function subjectAs(kind: string, namespace: string | undefined, uid: string | undefined): Subject | null {
  const own = OWNER_KINDS.find((one) => one === kind)
  return own === undefined || namespace === undefined || uid === undefined ? null : { kind: own, namespace, uid }
}
