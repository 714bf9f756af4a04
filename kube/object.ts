import type { KindName } from './kinds.ts'

/** An owner as Kubernetes keeps it; the object goes when all its owners are gone. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

/** The part of metadata that Hindcast reads or writes. Times are RFC 3339 texts of the server's clock. */
export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  /** Opaque: compare for equality alone. */
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly unknown[]
}

/** Any object of the API as plain JSON. Never trusted: what is read from spec and status is checked by the reader. */
export interface KubeObject<Spec = unknown, Status = unknown> {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec?: Spec
  readonly status?: Status
  readonly [more: string]: unknown
}

/** Where one object stands. `namespace` is '' for a kind without namespaces. */
export interface ObjectRef {
  readonly kind: KindName
  readonly namespace: string
  readonly name: string
  /**
   * A patch or a delete touches the object of this uid or nothing (`conflict`), so that no namesake is hit. The API
   * server has no such guard for a status: one that hits a namesake stands until the namesake's own is applied.
   */
  readonly uid?: string
}

/** The key of an object in stores and queues: `namespace/name`. */
export function keyOf(object: { readonly metadata: ObjectMeta }): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`
}
