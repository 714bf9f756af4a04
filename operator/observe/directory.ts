import type { KubeObject } from '../../kube/object.ts'
import type { Reading } from '../intent/read-resource.ts'

/** What this process remembers of resources, beside the caches. */
export interface Directory {
  /** A resource was seen to go, or a sweep did not find it. */
  gone(uid: string, name: string): void
  isGone(uid: string): boolean
  nameOf(uid: string): string | undefined
  /** Its going has been noted for good. */
  forget(uid: string): void
  /** The reading of an object, made once for each version of it. */
  reading(object: KubeObject, read: () => Reading): Reading
}

export function createDirectory(): Directory {
  const gone = new Map<string, string>()
  const readings = new WeakMap<KubeObject, Reading>()
  return {
    gone: (uid, name) => void gone.set(uid, name),
    isGone: (uid) => gone.has(uid),
    nameOf: (uid) => gone.get(uid),
    forget: (uid) => void gone.delete(uid),
    reading(object, read) {
      const known = readings.get(object)
      if (known !== undefined) return known
      const made = read()
      // What depends on the date of today may be right tomorrow.
      if ('request' in made) readings.set(object, made)
      return made
    },
  }
}
