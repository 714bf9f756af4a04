import type { ListQuery, Selection, WatchQuery } from '../cluster.ts'
import { KINDS, type Kind, type KindName } from '../kinds.ts'
import { KubeError } from '../kube-error.ts'
import type { ObjectRef } from '../object.ts'

/** A DNS subdomain, which every name and namespace we use is. Nothing else may become part of a path. */
const NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const LONGEST_NAME = 253

/** The path of one object. A name that could lead elsewhere, or to a whole collection, throws `invalid`. */
export function objectPath(ref: ObjectRef, subresource = ''): string {
  return `${collection(KINDS[ref.kind], ref.namespace)}/${checked(ref.name)}${subresource}`
}

/** The path that a new object of the kind is posted to. */
export function createPath(kind: KindName, namespace: string): string {
  return collection(KINDS[kind], namespace)
}

export function listPath(query: ListQuery): string {
  return selectionPath(query, {
    limit: query.limit,
    continue: query.continueToken,
    resourceVersion: query.resourceVersion,
  })
}

export function watchPath(query: WatchQuery): string {
  return selectionPath(query, {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: query.resourceVersion,
    timeoutSeconds: query.timeoutSeconds,
  })
}

function selectionPath(selection: Selection, more: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams()
  const { fieldSelector, labelSelector } = selection
  for (const [key, value] of Object.entries({ fieldSelector, labelSelector, ...more }))
    if (value !== undefined) query.set(key, String(value))
  return `${collection(KINDS[selection.kind], selection.namespace)}?${query}`
}

function collection({ apiVersion, plural, namespaced }: Kind, namespace: string | null): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const inNamespace = namespaced && namespace !== null ? `/namespaces/${checked(namespace)}` : ''
  return `${root}${inNamespace}/${plural}`
}

function checked(name: string): string {
  if (name.length <= LONGEST_NAME && NAME.test(name)) return name
  throw new KubeError(
    'invalid',
    `${JSON.stringify(name.slice(0, LONGEST_NAME))} is no name of an object or a namespace`,
  )
}
