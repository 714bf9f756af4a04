import type { KindName } from './kinds.ts'
import type { KubeObject, ObjectRef } from './object.ts'

/** Which objects of a kind. Selectors are the API's own text; `namespace` null means every namespace. */
export interface Selection {
  readonly kind: KindName
  readonly namespace: string | null
  readonly fieldSelector?: string
  readonly labelSelector?: string
  /** Ask for PartialObjectMetadata: no spec, no status. */
  readonly metadataOnly?: boolean
}

export interface ListQuery extends Selection {
  /** Most items of a page; absent: all at once. */
  readonly limit?: number
  /** Token of the page before; an expired one throws `gone`. */
  readonly continueToken?: string
  /** Absent: the newest state (a consistent read). '0': whatever the server's cache holds. */
  readonly resourceVersion?: string
}

export interface ListPage {
  readonly items: readonly KubeObject[]
  /** Of the whole list: a watch from here misses nothing. */
  readonly resourceVersion: string
  /** null on the last page. */
  readonly continueToken: string | null
}

export interface WatchQuery extends Selection {
  /** Events after this version. */
  readonly resourceVersion: string
  /** The server ends the watch after this time, without an error. */
  readonly timeoutSeconds?: number
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal
}

/** A BOOKMARK carries nothing but the kind and a resourceVersion to go on from. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: KubeObject
}

export interface DeleteOptions {
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan'
  /** 0 forces a pod away without asking its node. */
  readonly gracePeriodSeconds?: number
}

/**
 * The API server, as far as Hindcast speaks to it. Every call ends by its deadline: with an answer or a KubeError.
 * Two implementations pass test/contract/cluster.ts: the real one (client.ts) and the one of the simulated world.
 */
export interface Cluster {
  /** Throws `not_found`. */
  get(ref: ObjectRef): Promise<KubeObject>
  /** One page. */
  list(query: ListQuery): Promise<ListPage>
  /**
   * Events in order; ends quietly when the server closes the watch, and throws KubeError when it breaks:
   * `gone` when the version is too old, `garbage` on a line that is no event, `timeout` after a silence.
   */
  watch(query: WatchQuery): AsyncIterable<WatchEvent>
  /** Throws `already_exists`. A create whose answer was lost may have happened: names are ours, so ask again. */
  create(object: KubeObject): Promise<KubeObject>
  /** Whole object, guarded by its resourceVersion: throws `conflict`. */
  replace(object: KubeObject): Promise<KubeObject>
  /** JSON merge patch of the main resource. */
  patch(ref: ObjectRef, patch: Readonly<Record<string, unknown>>): Promise<KubeObject>
  /** Server-side apply of the whole status under the operator's own field manager; the rest of the object stays. */
  applyStatus(ref: ObjectRef, status: Readonly<Record<string, unknown>>): Promise<KubeObject>
  /** Gives what the server answered: the object as it is on its way out, or null when it is gone already. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<KubeObject | null>
}
