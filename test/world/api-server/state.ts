import type { KindName } from '../../../kube/kinds.ts'
import { type KubeObject, keyOf } from '../../../kube/object.ts'

/** One write, as the history keeps it. `before` is null for a create, `after` for a removal. */
export interface HistoryEvent {
  readonly version: number
  readonly kind: KindName
  readonly key: string
  readonly before: KubeObject | null
  readonly after: KubeObject | null
}

/** Objects with one version counter over all of them, as etcd keeps them, and the history that watches read. */
export interface State {
  version(): number
  read(kind: KindName, key: string): KubeObject | undefined
  all(kind: KindName): readonly KubeObject[]
  everyKind(): readonly KindName[]
  /** Stores an object under a new version and gives it back, frozen. */
  put(kind: KindName, object: KubeObject): KubeObject
  /** Takes an object away; the answer carries the version of its removal. */
  remove(kind: KindName, key: string): KubeObject
  /** Events of a kind after a version, oldest first; null when the version is compacted away. */
  eventsAfter(kind: KindName, version: number): readonly HistoryEvent[] | null
  /** Forgets all history up to now: older watches and pages get 410. */
  compact(): void
  compactedTo(): number
  /** Told of every write, after it. */
  onWrite(listener: (event: HistoryEvent) => void): () => void
}

export function createState(): State {
  const objects = new Map<KindName, Map<string, KubeObject>>()
  const history = new Map<KindName, HistoryEvent[]>()
  const listeners = new Set<(event: HistoryEvent) => void>()
  let version = 1
  let compactedTo = 0

  const ofKind = (kind: KindName) => {
    const known = objects.get(kind)
    if (known !== undefined) return known
    const made = new Map<string, KubeObject>()
    objects.set(kind, made)
    return made
  }
  const record = (event: HistoryEvent) => {
    const events = history.get(event.kind) ?? []
    events.push(event)
    history.set(event.kind, events)
    for (const listener of [...listeners]) listener(event)
  }

  return {
    version: () => version,
    read: (kind, key) => ofKind(kind).get(key),
    all: (kind) => [...ofKind(kind).values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
    everyKind: () => [...objects.keys()],
    put(kind, object) {
      version += 1
      const key = keyOf(object)
      const before = ofKind(kind).get(key) ?? null
      const metadata = { ...object.metadata, resourceVersion: String(version) }
      const after = owned({ ...object, metadata })
      ofKind(kind).set(key, after)
      record({ version, kind, key, before, after })
      return after
    },
    remove(kind, key) {
      version += 1
      const before = ofKind(kind).get(key)!
      ofKind(kind).delete(key)
      record({ version, kind, key, before, after: null })
      return { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } }
    },
    eventsAfter(kind, after) {
      if (after < compactedTo) return null
      const events = history.get(kind) ?? []
      return events.slice(firstAfter(events, after))
    },
    compact() {
      compactedTo = version
      history.clear()
    },
    compactedTo: () => compactedTo,
    onWrite(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function firstAfter(events: readonly HistoryEvent[], version: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (events[middle]!.version <= version) low = middle + 1
    else high = middle
  }
  return low
}

/** Values that are ours and frozen to the last leaf: they are shared between versions, never copied again. */
const OWNED = new WeakSet<object>()

/**
 * A copy that nobody can change: whoever tries to change what it was given is found at once. A key without a value does
 * not survive the way to the server.
 */
function owned<T>(value: T): T {
  if (typeof value !== 'object' || value === null || OWNED.has(value)) return value
  const parts = Object.entries(value).filter(([, part]) => part !== undefined)
  const copy = Array.isArray(value)
    ? value.map(owned)
    : Object.fromEntries(parts.map(([key, part]) => [key, owned(part)]))
  OWNED.add(Object.freeze(copy))
  return copy as T
}
