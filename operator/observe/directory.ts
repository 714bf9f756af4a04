import { CREATED_BY } from '../../crds/index.ts'
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
  /** The reading of an object, made once for each spec (which the caches keep over versions) and who asked. */
  reading(object: KubeObject, read: () => Reading): Reading
}

export function createDirectory(): Directory {
  const gone = new Map<string, string>()
  const readings = new WeakMap<object, { readonly createdBy: string | undefined; readonly reading: Reading }>()
  return {
    gone: (uid, name) => void gone.set(uid, name),
    isGone: (uid) => gone.has(uid),
    nameOf: (uid) => gone.get(uid),
    forget: (uid) => void gone.delete(uid),
    reading(object, read) {
      const createdBy = object.metadata.annotations?.[CREATED_BY]
      const spec = typeof object.spec === 'object' && object.spec !== null ? object.spec : {}
      const known = readings.get(spec)
      if (known !== undefined && known.createdBy === createdBy) return known.reading
      const reading = read()
      // What depends on the date of today may be right tomorrow.
      if ('request' in reading) readings.set(spec, { createdBy, reading })
      return reading
    },
  }
}
