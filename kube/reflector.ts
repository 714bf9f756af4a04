import { type Clock, fullJitter, type Random, sleep } from './clock.ts'
import type { Cluster, Selection } from './cluster.ts'
import type { KindName } from './kinds.ts'
import { isKubeError, KubeError } from './kube-error.ts'
import { type KubeObject, keyOf } from './object.ts'
import { type Change, createStore, type Indexes } from './store.ts'
import { createTimers } from './timers.ts'

export type { Change } from './store.ts'

/** A broken list or watch, or a handler that threw; the reflector goes on by itself. */
export interface Trouble {
  readonly kind: KindName
  readonly namespace: string | null
  readonly doing: 'list' | 'watch' | 'handler' | 'verify'
  readonly error: unknown
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
  readonly indexes?: Indexes
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
  /** Lists after the first that a 410 forced. */
  readonly relists: number
  /** The trouble a namespace is in now: `forbidden`, or `not_found` (no such kind), means we cannot become ready. */
  readonly trouble: KubeError | null
}

const PAGE = 500
/** Backoff after a failure: full jitter below a ceiling that doubles (operator.md 4). */
const FIRST_BACKOFF_MS = 800
const LONGEST_BACKOFF_MS = 30_000
/** The server closes a watch after this time, spread so that not all come back together. */
const WATCH_SECONDS = 240
const WATCH_SPREAD_SECONDS = 60
/** A watch that ended sooner than this brought nothing: coming back at once would spin. */
const SHORTEST_WATCH_MS = 1000
/** An own write that the watch has not brought by now is asked for. */
const VERIFY_AFTER_MS = 30_000
const RETELL_AFTER_MS = 1000

/** Lists, then watches, each namespace for itself, until stopped. */
export function startReflector(options: ReflectorOptions): Reflector {
  const { cluster, clock, random, kind } = options
  const store = createStore(options.keep ?? withoutManagedFields, options.indexes ?? {})
  const stopping = new AbortController()
  const scopes = (options.namespaces ?? [null]).map((namespace) => new Scope(namespace, clock.monotonic()))
  const untold = new Map<string, { change: Change; failures: number }>()
  const retell = createTimers(clock, (key) => tell(asItStands(untold.get(key)!.change, store.get(key))))
  const verify = createTimers(clock, (key) => void askFor(key))
  let lists = 0
  let watches = 0
  let relists = 0

  /** Tells a change; what the handler throws away is told again, as it then stands. */
  function tell(change: Change | null): void {
    if (change === null) return
    try {
      options.onChange(change)
      if (untold.delete(change.key)) retell.clear(change.key)
    } catch (error) {
      const failures = (untold.get(change.key)?.failures ?? 0) + 1
      untold.set(change.key, { change, failures })
      retell.set(change.key, RETELL_AFTER_MS)
      const namespace = change.object.metadata.namespace ?? null
      options.onTrouble({ kind, namespace, doing: 'handler', error, failures, retryInMs: RETELL_AFTER_MS })
    }
  }

  async function list(scope: Scope): Promise<string> {
    const listing = store.beginList()
    let continueToken: string | null = null
    for (;;) {
      const page = await cluster.list({
        ...selectionOf(options, scope.namespace),
        limit: PAGE,
        ...(continueToken === null ? {} : { continueToken }),
      })
      lists += continueToken === null ? 1 : 0
      scope.lastSign = clock.monotonic()
      for (const object of page.items) tell(listing.put(object))
      continueToken = page.continueToken
      if (continueToken !== null) continue
      for (const change of listing.end(scope.namespace)) tell(change)
      return page.resourceVersion
    }
  }

  async function watch(scope: Scope): Promise<void> {
    const openedAt = clock.monotonic()
    const before = scope.events
    watches += 1
    for await (const { type, object } of cluster.watch({
      ...selectionOf(options, scope.namespace),
      resourceVersion: scope.version!,
      timeoutSeconds: WATCH_SECONDS + Math.floor(random() * WATCH_SPREAD_SECONDS),
      signal: stopping.signal,
    })) {
      scope.lives(clock.monotonic())
      if (type !== 'BOOKMARK') tell(type === 'DELETED' ? store.drop(object) : store.put(object))
      // Only now: had the line above thrown, the event would be asked for again.
      scope.version = object.metadata.resourceVersion ?? scope.version
    }
    if (stopping.signal.aborted) return
    if (scope.events === before && clock.monotonic() - openedAt < SHORTEST_WATCH_MS)
      throw new KubeError('unavailable', 'the watch ended at once')
    scope.recovered()
  }

  async function follow(scope: Scope): Promise<void> {
    while (!stopping.signal.aborted) {
      const doing = scope.version === null ? 'list' : 'watch'
      try {
        if (scope.version === null) {
          scope.version = await list(scope)
          scope.synced = true
          scope.trouble = null
        } else await watch(scope)
      } catch (error) {
        if (stopping.signal.aborted) return
        if (isKubeError(error, 'gone')) {
          scope.version = null
          relists += 1
        }
        const failures = scope.fails(error)
        const ceiling = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 10))
        const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0
        const retryInMs = Math.max(asked, fullJitter(random, ceiling))
        options.onTrouble({ kind, namespace: scope.namespace, doing, error, failures, retryInMs })
        await sleep(clock, retryInMs, stopping.signal)
      }
    }
  }

  /** Asks for the present state of one object whose event did not come. */
  async function askFor(key: string): Promise<void> {
    if (!store.assumed().includes(key) || stopping.signal.aborted) return
    const [namespace, name] = key.split('/') as [string, string]
    const selection = selectionOf(options, namespace === '' ? null : namespace)
    const fieldSelector = [options.fieldSelector, `metadata.name=${name}`].filter(Boolean).join(',')
    const listing = store.beginList()
    try {
      const page = await cluster.list({ ...selection, fieldSelector })
      if (page.items[0] !== undefined) tell(listing.put(page.items[0]))
      else tell(listing.endOf(key))
    } catch (error) {
      options.onTrouble({ kind, namespace, doing: 'verify', error, failures: 1, retryInMs: VERIFY_AFTER_MS })
    }
    if (store.assumed().includes(key)) verify.set(key, VERIFY_AFTER_MS)
  }

  for (const scope of scopes) void follow(scope)
  return {
    synced: () => scopes.every((scope) => scope.synced),
    get: (key) => store.get(key),
    list: () => store.list(),
    byIndex: (index, value) => store.byIndex(index, value),
    assume(object) {
      if (store.assume(object)) verify.set(keyOf(object), VERIFY_AFTER_MS)
    },
    lastEventAgeMs: () => clock.monotonic() - Math.min(...scopes.map((scope) => scope.lastSign)),
    figures: () => ({
      objects: store.size(),
      assumed: store.assumed().length,
      lists,
      watches,
      relists,
      trouble: scopes.find((scope) => scope.trouble !== null)?.trouble ?? null,
    }),
    stop() {
      stopping.abort()
      retell.stop()
      verify.stop()
    },
  }
}

/** Where the following of one namespace stands. */
class Scope {
  readonly namespace: string | null
  /** Version to watch from; null: to be listed. */
  version: string | null = null
  synced = false
  trouble: KubeError | null = null
  lastSign: number
  events = 0
  #failures = 0

  constructor(namespace: string | null, now: number) {
    this.namespace = namespace
    this.lastSign = now
  }

  lives(now: number): void {
    this.lastSign = now
    this.events += 1
    this.recovered()
  }

  recovered(): void {
    this.#failures = 0
    this.trouble = null
  }

  fails(error: unknown): number {
    this.#failures += 1
    this.trouble = error instanceof KubeError ? error : null
    return this.#failures
  }
}

function selectionOf(options: ReflectorOptions, namespace: string | null): Selection {
  const { kind, fieldSelector, labelSelector, metadataOnly } = options
  return {
    kind,
    namespace,
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(metadataOnly === undefined ? {} : { metadataOnly }),
  }
}

/** What is to be said of an object now, when an older word of it was not heard. */
function asItStands(change: Change, object: KubeObject | undefined): Change {
  if (object === undefined) return { ...change, type: 'deleted' }
  return { ...change, type: change.type === 'deleted' ? 'modified' : change.type, object }
}

/** They are half of an object and nothing reads them. */
function withoutManagedFields(object: KubeObject): KubeObject {
  if (object.metadata.managedFields === undefined) return object
  const { managedFields, ...metadata } = object.metadata
  return { ...object, metadata }
}
