import { type Clock, fullJitter, type Random, sleep } from '../clock.ts'
import type { Cluster, Selection } from '../cluster.ts'
import type { KindName } from '../kinds.ts'
import { isKubeError, KubeError } from '../kube-error.ts'
import { type KubeObject, keyOf } from '../object.ts'
import { createTimers, type Timers } from '../timers.ts'
import { createOutage, type Outage } from './outage.ts'
import { type Change, createStore, type Indexes, type Keep, type Store } from './store.ts'

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
  readonly keep?: Keep
  /** Name of an index -> the values one object has in it. */
  readonly indexes?: Indexes
  /** Enqueues a key, no more. When it throws, the same key is told again until it does not. */
  readonly onChange: (change: Change) => void
  /** For the log and the metrics. */
  readonly onTrouble: (trouble: Trouble) => void
  /** Shared with others who follow the same server; absent: for itself. */
  readonly outage?: Outage
}

/** A copy of part of the API server's state that follows it, whatever happens on the way. */
export interface Reflector {
  /** Whether every namespace was listed once: before that, absence means nothing. */
  synced(): boolean
  /** `namespace/name` -> the object as last seen. Never to be changed. */
  get(key: string): KubeObject | undefined
  list(): readonly KubeObject[]
  byIndex(index: string, value: string): readonly KubeObject[]
  /**
   * Puts the answer of an own write (or of a read that may be newer than the watch) into the store until the watch has
   * brought it, so that we read our writes.
   */
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
  /** Lists after the first that a 410 or lasting silence forced. */
  readonly relists: number
  /** The trouble a namespace is in now: `forbidden`, or `not_found` (no such kind), means we cannot become ready. */
  readonly trouble: KubeError | null
}

const PAGE = 500
/** Failures that others have as well, and that are over for all of them together. */
const ABSENCES = ['unavailable', 'timeout', 'too_many_requests'] as const
/** Backoff after a failure: full jitter below a ceiling that doubles (operator.md 4). */
const FIRST_BACKOFF_MS = 800
const LONGEST_BACKOFF_MS = 30_000
/** Doublings after which the longest is reached. */
const MOST_DOUBLINGS = 6
/** The server closes a watch after this time, spread so that not all come back together. */
const WATCH_SECONDS = 240
const WATCH_SPREAD_SECONDS = 60
/** A watch that ended sooner than this brought nothing: coming back at once would spin. */
const SHORTEST_WATCH_MS = 1000
/** A server that was restored from a backup knows nothing of our version, and waits for it: then only a list helps. */
const MOST_SILENCES = 3
/** An own write that the watch has not brought by now is asked for. */
const VERIFY_AFTER_MS = 30_000
const RETELL_AFTER_MS = 1000

/** Lists, then watches, each namespace for itself, until stopped. */
export function startReflector(options: ReflectorOptions): Reflector {
  const reflector = new Follower(options)
  reflector.start()
  return reflector
}

class Follower implements Reflector {
  readonly #options: ReflectorOptions
  readonly #store: Store
  readonly #scopes: readonly Scope[]
  readonly #stopping = new AbortController()
  readonly #untold = new Map<string, { readonly change: Change; readonly failures: number }>()
  readonly #outage: Outage
  readonly #retell: Timers
  readonly #verify: Timers
  #lists = 0
  #watches = 0
  #relists = 0

  constructor(options: ReflectorOptions) {
    const { clock, namespaces } = options
    this.#options = options
    this.#outage = options.outage ?? createOutage(options)
    this.#store = createStore(options.keep ?? withoutManagedFields, options.indexes ?? {})
    this.#scopes = (namespaces ?? [null]).map((namespace) => new Scope(namespace, clock.monotonic()))
    this.#retell = createTimers(clock, (key) => {
      this.#tell(asItStands(this.#untold.get(key)!.change, this.#store.get(key)))
    })
    this.#verify = createTimers(clock, (key) => void this.#askFor(key))
  }

  start(): void {
    for (const scope of this.#scopes) void this.#follow(scope)
  }

  synced(): boolean {
    return this.#scopes.every((scope) => scope.synced)
  }

  get(key: string): KubeObject | undefined {
    return this.#store.get(key)
  }

  list(): readonly KubeObject[] {
    return this.#store.list()
  }

  byIndex(index: string, value: string): readonly KubeObject[] {
    return this.#store.byIndex(index, value)
  }

  assume(object: KubeObject): void {
    if (this.#store.assume(object)) this.#verify.set(keyOf(object), VERIFY_AFTER_MS)
  }

  lastEventAgeMs(): number {
    return this.#options.clock.monotonic() - Math.min(...this.#scopes.map((scope) => scope.lastSign))
  }

  figures(): ReflectorFigures {
    return {
      objects: this.#store.size(),
      assumed: this.#store.assumed().length,
      lists: this.#lists,
      watches: this.#watches,
      relists: this.#relists,
      trouble: this.#scopes.find((scope) => scope.trouble !== null)?.trouble ?? null,
    }
  }

  stop(): void {
    this.#stopping.abort()
    this.#retell.stop()
    this.#verify.stop()
  }

  async #follow(scope: Scope): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const doing = scope.version === null ? 'list' : 'watch'
      try {
        if (scope.version === null) {
          scope.version = await this.#list(scope)
          scope.synced = true
          scope.trouble = null
        } else await this.#watch(scope)
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        await this.#rest(scope, doing, error)
      }
    }
  }

  async #list(scope: Scope): Promise<string> {
    const listing = this.#store.beginList()
    let continueToken: string | null = null
    this.#lists += 1
    for (;;) {
      const page = await this.#options.cluster.list({
        ...selectionOf(this.#options, scope.namespace),
        limit: PAGE,
        ...(continueToken === null ? {} : { continueToken }),
      })
      scope.lastSign = this.#options.clock.monotonic()
      this.#answered(scope)
      for (const object of page.items) this.#tell(listing.put(object))
      continueToken = page.continueToken
      if (continueToken !== null) continue
      for (const change of listing.end(scope.namespace)) this.#tell(change)
      return page.resourceVersion
    }
  }

  async #watch(scope: Scope): Promise<void> {
    const { clock, random, cluster } = this.#options
    const openedAt = clock.monotonic()
    const before = scope.events
    this.#watches += 1
    for await (const { type, object } of cluster.watch({
      ...selectionOf(this.#options, scope.namespace),
      resourceVersion: scope.version!,
      timeoutSeconds: WATCH_SECONDS + Math.floor(random() * WATCH_SPREAD_SECONDS),
      signal: this.#stopping.signal,
    })) {
      this.#answered(scope)
      scope.lives(clock.monotonic())
      if (type !== 'BOOKMARK') this.#tell(type === 'DELETED' ? this.#store.drop(object) : this.#store.put(object))
      // Only now: had the line above thrown, the event would be asked for again.
      scope.version = object.metadata.resourceVersion ?? scope.version
    }
    if (this.#stopping.signal.aborted) return
    if (scope.events === before && clock.monotonic() - openedAt < SHORTEST_WATCH_MS)
      throw new KubeError('unavailable', 'the watch ended at once')
    scope.recovered()
  }

  /** Tells of a failure and waits, longer with every one in a row. */
  async #rest(scope: Scope, doing: 'list' | 'watch', error: unknown): Promise<void> {
    const { clock, random, kind, onTrouble } = this.#options
    const failures = scope.fails(error)
    if (scope.version !== null && (isKubeError(error, 'gone') || scope.silences >= MOST_SILENCES)) {
      scope.version = null
      scope.silences = 0
      this.#relists += 1
    }
    const ceiling = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, MOST_DOUBLINGS))
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0
    const retryInMs = Math.max(asked, fullJitter(random, ceiling))
    onTrouble({ kind, namespace: scope.namespace, doing, error, failures, retryInMs })
    scope.away = asked === 0 && isKubeError(error, ...ABSENCES)
    await (scope.away
      ? this.#outage.rest(retryInMs, this.#stopping.signal)
      : sleep(clock, retryInMs, this.#stopping.signal))
  }

  /** The end of an outage is told to the others once. */
  #answered(scope: Scope): void {
    if (!scope.away) return
    scope.away = false
    this.#outage.over()
  }

  /** Tells a change; what the handler throws away is told again, as it then stands. */
  #tell(change: Change | null): void {
    if (change === null) return
    try {
      this.#options.onChange(change)
      if (this.#untold.delete(change.key)) this.#retell.clear(change.key)
    } catch (error) {
      const failures = (this.#untold.get(change.key)?.failures ?? 0) + 1
      this.#untold.set(change.key, { change, failures })
      this.#retell.set(change.key, RETELL_AFTER_MS)
      const namespace = change.object.metadata.namespace ?? null
      const { kind, onTrouble } = this.#options
      onTrouble({ kind, namespace, doing: 'handler', error, failures, retryInMs: RETELL_AFTER_MS })
    }
  }

  /** Asks for the present state of one object whose event did not come. */
  async #askFor(key: string): Promise<void> {
    if (!this.#store.assumed().includes(key) || this.#stopping.signal.aborted) return
    const [namespace, name] = key.split('/') as [string, string]
    const selection = selectionOf(this.#options, namespace === '' ? null : namespace)
    const fieldSelector = [this.#options.fieldSelector, `metadata.name=${name}`].filter(Boolean).join(',')
    const listing = this.#store.beginList()
    try {
      const [object] = (await this.#options.cluster.list({ ...selection, fieldSelector })).items
      this.#tell(object === undefined ? listing.endOf(key) : listing.put(object))
    } catch (error) {
      const { kind, onTrouble } = this.#options
      onTrouble({ kind, namespace, doing: 'verify', error, failures: 1, retryInMs: VERIFY_AFTER_MS })
    }
    if (this.#store.assumed().includes(key)) this.#verify.set(key, VERIFY_AFTER_MS)
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
  /** Watches in a row that brought nothing, not even a bookmark. */
  silences = 0
  /** The last answer was none, or that the server is about to start or has too much to do. */
  away = false
  #failures = 0
  /** Times in a row that the server had forgotten our version. */
  #forgotten = 0

  constructor(namespace: string | null, now: number) {
    this.namespace = namespace
    this.lastSign = now
  }

  lives(now: number): void {
    this.lastSign = now
    this.events += 1
    this.silences = 0
    this.recovered()
  }

  recovered(): void {
    this.#failures = 0
    this.#forgotten = 0
    this.trouble = null
  }

  /** Gives the failures in a row. A server that has forgotten our version is there: its absence counts no longer. */
  fails(error: unknown): number {
    if (isKubeError(error, 'gone')) {
      this.#forgotten += 1
      this.#failures = this.#forgotten
    } else this.#failures += 1
    if (isKubeError(error, 'timeout')) this.silences += 1
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
