import { type KubeObject, keyOf } from './object.ts'

/** What happened to one object of a store. `previous` is what it held before. */
export interface Change {
  readonly type: 'added' | 'modified' | 'deleted'
  readonly key: string
  readonly object: KubeObject
  readonly previous: KubeObject | null
}

export type Indexes = Readonly<Record<string, (object: KubeObject) => readonly string[]>>

/** Objects by key and by index, where own writes may run ahead of what the server has told. */
export interface Store {
  get(key: string): KubeObject | undefined
  list(): readonly KubeObject[]
  byIndex(index: string, value: string): readonly KubeObject[]
  size(): number
  /** An event of a watch. Gives the change to tell, or null: known already, or older than an own write. */
  put(object: KubeObject): Change | null
  /** A DELETED event. */
  drop(object: KubeObject): Change | null
  /** An own write's answer. False when the server has told of it already. */
  assume(object: KubeObject): boolean
  assumed(): readonly string[]
  /** Starts a full list; `put` and `end` of it see through assumptions made before it. */
  beginList(): Listing
}

/** A list under way, which replaces what the store holds of a namespace (null: of all). */
export interface Listing {
  put(object: KubeObject): Change | null
  /** What the list did not hold any more. */
  end(namespace: string | null): readonly Change[]
  /** The same for a list that asked for one key alone. */
  endOf(key: string): Change | null
}

/** Versions remembered to tell an answer that comes after its own event: far more than one call can be overtaken by. */
const RECENT_VERSIONS = 4096

/**
 * Versions are opaque: an assumption ends with the event of the very version that was assumed, since a watch brings every
 * version in order, or with a list that began after it, since a list is a consistent read.
 */
export function createStore(keep: (object: KubeObject) => KubeObject, indexes: Indexes): Store {
  const objects = new Map<string, KubeObject>()
  const index = new Map(Object.keys(indexes).map((name) => [name, new Map<string, Set<string>>()]))
  /** Key -> the version waited for, and the place of its assumption in the order of all. */
  const waiting = new Map<string, { readonly version: string; readonly order: number }>()
  const recent = new Set<string>()
  let order = 0

  const place = (key: string, object: KubeObject | null): KubeObject | null => {
    const previous = objects.get(key) ?? null
    for (const [name, values] of index) {
      for (const value of previous === null ? [] : indexes[name]!(previous)) {
        values.get(value)?.delete(key)
        if (values.get(value)?.size === 0) values.delete(value)
      }
      for (const value of object === null ? [] : indexes[name]!(object))
        values.set(value, (values.get(value) ?? new Set()).add(key))
    }
    if (object === null) objects.delete(key)
    else objects.set(key, object)
    return previous
  }
  /** Whether an event counts: not while an own write that it does not confirm is waited for. */
  const counts = (key: string, version: string): boolean => {
    recent.add(`${key} ${version}`)
    if (recent.size > RECENT_VERSIONS) recent.delete(recent.values().next().value!)
    const wait = waiting.get(key)
    if (wait === undefined) return true
    if (wait.version !== version) return false
    waiting.delete(key)
    return true
  }
  const put = (object: KubeObject, confirmed: boolean): Change | null => {
    const key = keyOf(object)
    const known = objects.get(key)
    if (known !== undefined && !confirmed && versionOf(known) === versionOf(object)) return null
    const kept = keep(object)
    const previous = place(key, kept)
    return { type: previous === null ? 'added' : 'modified', key, object: kept, previous }
  }
  const drop = (key: string, object: KubeObject): Change | null => {
    const previous = place(key, null)
    return previous === null ? null : { type: 'deleted', key, object, previous }
  }

  return {
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    byIndex: (name, value) => [...(index.get(name)?.get(value) ?? [])].map((key) => objects.get(key)!),
    size: () => objects.size,
    put(object) {
      const key = keyOf(object)
      const waited = waiting.has(key)
      return counts(key, versionOf(object)) ? put(object, waited) : null
    },
    drop(object) {
      const key = keyOf(object)
      return counts(key, versionOf(object)) ? drop(key, keep(object)) : null
    },
    assume(object) {
      const key = keyOf(object)
      const version = versionOf(object)
      const known = objects.get(key)
      if (recent.has(`${key} ${version}`) || (known !== undefined && versionOf(known) === version)) return false
      order += 1
      waiting.set(key, { version, order })
      place(key, keep(object))
      return true
    },
    assumed: () => [...waiting.keys()],
    beginList() {
      const began = order
      const listed = new Set<string>()
      const isNewer = (key: string) => (waiting.get(key)?.order ?? 0) > began
      return {
        put(object) {
          const key = keyOf(object)
          listed.add(key)
          if (isNewer(key)) return counts(key, versionOf(object)) ? put(object, true) : null
          const waited = waiting.delete(key)
          return put(object, waited)
        },
        end(namespace) {
          const absent = [...objects.keys()].filter(
            (key) => !listed.has(key) && (namespace === null || key.startsWith(`${namespace}/`)),
          )
          return absent.flatMap((key) => this.endOf(key) ?? [])
        },
        endOf(key) {
          const object = objects.get(key)
          if (object === undefined || isNewer(key)) return null
          waiting.delete(key)
          return drop(key, object)
        },
      }
    },
  }
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? ''
}
