import type { Clock, Random } from './clock.ts'
import type { Cluster } from './cluster.ts'
import type { KindName } from './kinds.ts'
import type { KubeError } from './kube-error.ts'
import type { KubeObject } from './object.ts'

/** What happened to one object of a reflector. `previous` is what the store held before. */
export interface Change {
  readonly type: 'added' | 'modified' | 'deleted'
  readonly key: string
  readonly object: KubeObject
  readonly previous: KubeObject | null
}

/** A broken list or watch; the reflector goes on by itself. */
export interface Trouble {
  readonly kind: KindName
  readonly namespace: string | null
  readonly error: KubeError
  /** Failures in a row, from 1. */
  readonly failures: number
  readonly retryInMs: number
}

export interface ReflectorOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly kind: KindName
  /** One list and one watch each; null: one for every namespace of the cluster. */
  readonly namespaces: readonly string[] | null
  readonly fieldSelector?: string
  readonly labelSelector?: string
  readonly metadataOnly?: boolean
  /** What is kept of an object; absent: all but managedFields. */
  readonly keep?: (object: KubeObject) => KubeObject
  /** Name of an index -> the values one object has in it. */
  readonly indexes?: Readonly<Record<string, (object: KubeObject) => readonly string[]>>
  /** Enqueues a key, no more. When it throws, the same key is told again until it does not. */
  readonly onChange: (change: Change) => void
  /** For the log and the metrics. */
  readonly onTrouble: (trouble: Trouble) => void
}

/** A copy of part of the API server's state that follows it, whatever happens on the way. */
export interface Reflector {
  /** Whether every namespace was listed once: before that, absence means nothing. */
  synced(): boolean
  /** `namespace/name` -> the object as last seen. Never to be changed. */
  get(key: string): KubeObject | undefined
  list(): readonly KubeObject[]
  byIndex(index: string, value: string): readonly KubeObject[]
  /** Puts the answer of an own write into the store until the watch has brought it, so that we read our writes. */
  assume(object: KubeObject): void
  /** Age of the last sign of life of the quietest watch (an event, a bookmark, an answered list). */
  lastEventAgeMs(): number
  figures(): ReflectorFigures
  stop(): void
}

export interface ReflectorFigures {
  readonly objects: number
  readonly assumed: number
  readonly lists: number
  readonly watches: number
  /** Lists after the first that a 410 or a gap forced. */
  readonly relists: number
  /** The trouble a namespace is in now: forbidden or an unknown kind means we cannot become ready. */
  readonly trouble: KubeError | null
}
