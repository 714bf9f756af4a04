import { type KubeObject, keyOf } from '../object.ts'

/** What happened to one object of a store. `previous` is what it held before. */
export interface Change {
  readonly type: 'added' | 'modified' | 'deleted'
  readonly key: string
  readonly object: KubeObject
  readonly previous: KubeObject | null
}

/** What is kept of an object; `before` is what the store holds of that key. */
export type Keep = (object: KubeObject, before?: KubeObject) => KubeObject

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
 * Versions are opaque: an assumption ends with the event of the very version that was assumed, since a watch brings
 * every version in order, or with a list that began after it, since a list is a consistent read.
 */
export function createStore(keep: Keep, indexes: Indexes): Store {
  return new AssumingStore(keep, indexes)
}

class AssumingStore implements Store {
  readonly #keep: Keep
  readonly #objects: IndexedObjects
  /** Key -> the version waited for, and the place of its assumption in the order of all. */
  readonly #waiting = new Map<string, { readonly version: string; readonly order: number }>()
  readonly #recent = new Set<string>()
  #order = 0

  constructor(keep: Keep, indexes: Indexes) {
    this.#keep = keep
    this.#objects = new IndexedObjects(indexes)
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key)
  }

  list(): readonly KubeObject[] {
    return this.#objects.all()
  }

  byIndex(index: string, value: string): readonly KubeObject[] {
    return this.#objects.byIndex(index, value)
  }

  size(): number {
    return this.#objects.size()
  }

  assumed(): readonly string[] {
    return [...this.#waiting.keys()]
  }

  put(object: KubeObject): Change | null {
    const waited = this.#waiting.has(keyOf(object))
    return this.#counts(object) ? this.#place(object, waited) : null
  }

  drop(object: KubeObject): Change | null {
    return this.#counts(object) ? this.#remove(keyOf(object), this.#keep(object)) : null
  }

  assume(object: KubeObject): boolean {
    const key = keyOf(object)
    const version = versionOf(object)
    const known = this.#objects.get(key)
    if (this.#recent.has(`${key} ${version}`)) return false
    if (known !== undefined && versionOf(known) === version) return false
    this.#order += 1
    this.#waiting.set(key, { version, order: this.#order })
    this.#objects.set(key, this.#keep(object, known))
    return true
  }

  beginList(): Listing {
    const began = this.#order
    const listed = new Set<string>()
    const isNewer = (key: string) => (this.#waiting.get(key)?.order ?? 0) > began
    const endOf = (key: string): Change | null => {
      const object = this.#objects.get(key)
      if (object === undefined || isNewer(key)) return null
      this.#waiting.delete(key)
      return this.#remove(key, object)
    }
    return {
      put: (object) => {
        const key = keyOf(object)
        listed.add(key)
        if (isNewer(key)) return this.#counts(object) ? this.#place(object, true) : null
        return this.#place(object, this.#waiting.delete(key))
      },
      end: (namespace) => {
        const inside = (key: string) => namespace === null || key.startsWith(`${namespace}/`)
        const absent = this.#objects.keys().filter((key) => !listed.has(key) && inside(key))
        return absent.flatMap((key) => endOf(key) ?? [])
      },
      endOf,
    }
  }

  /** Whether an event counts: not while an own write that it does not confirm is waited for. */
  #counts(object: KubeObject): boolean {
    const key = keyOf(object)
    const version = versionOf(object)
    this.#remember(key, version)
    const wait = this.#waiting.get(key)
    if (wait === undefined) return true
    if (wait.version !== version) return false
    return this.#waiting.delete(key)
  }

  /** A version that is past: an answer that brings it late must not bring it back. */
  #remember(key: string, version: string): void {
    this.#recent.add(`${key} ${version}`)
    if (this.#recent.size > RECENT_VERSIONS) this.#recent.delete(this.#recent.values().next().value!)
  }

  #place(object: KubeObject, confirmed: boolean): Change | null {
    const key = keyOf(object)
    const known = this.#objects.get(key)
    if (known !== undefined && !confirmed && versionOf(known) === versionOf(object)) return null
    const kept = this.#keep(object, known)
    if (known !== undefined) this.#remember(key, versionOf(known))
    this.#objects.set(key, kept)
    return { type: known === undefined ? 'added' : 'modified', key, object: kept, previous: known ?? null }
  }

  #remove(key: string, object: KubeObject): Change | null {
    const previous = this.#objects.get(key)
    if (previous === undefined) return null
    this.#remember(key, versionOf(previous))
    this.#objects.delete(key)
    return { type: 'deleted', key, object, previous }
  }
}

/** Objects by key, and the keys by what each index makes of them. */
class IndexedObjects {
  readonly #objects = new Map<string, KubeObject>()
  readonly #indexes: Indexes
  readonly #keys: ReadonlyMap<string, Map<string, Set<string>>>

  constructor(indexes: Indexes) {
    this.#indexes = indexes
    this.#keys = new Map(Object.keys(indexes).map((name) => [name, new Map()]))
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key)
  }

  all(): readonly KubeObject[] {
    return [...this.#objects.values()]
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()]
  }

  size(): number {
    return this.#objects.size
  }

  byIndex(index: string, value: string): readonly KubeObject[] {
    return [...(this.#keys.get(index)?.get(value) ?? [])].map((key) => this.#objects.get(key)!)
  }

  set(key: string, object: KubeObject): void {
    this.delete(key)
    this.#objects.set(key, object)
    for (const [name, values] of this.#keys) {
      for (const value of this.#indexes[name]!(object)) values.set(value, (values.get(value) ?? new Set()).add(key))
    }
  }

  delete(key: string): void {
    const object = this.#objects.get(key)
    if (object === undefined) return
    this.#objects.delete(key)
    for (const [name, values] of this.#keys) {
      for (const value of this.#indexes[name]!(object)) {
        values.get(value)?.delete(key)
        if (values.get(value)?.size === 0) values.delete(value)
      }
    }
  }
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? ''
}
