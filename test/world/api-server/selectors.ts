import type { Selection } from '../../../kube/cluster.ts'
import { KINDS, type KindName, RESOURCE_KINDS } from '../../../kube/kinds.ts'
import { KubeError } from '../../../kube/kube-error.ts'
import type { KubeObject } from '../../../kube/object.ts'

/** Fields a kind can be selected by, beside its name and namespace. */
const SELECTABLE: Partial<Record<KindName, readonly string[]>> = {
  ...Object.fromEntries(RESOURCE_KINDS.map((kind) => [kind, ['status.phase']])),
  Pod: ['status.phase', 'spec.nodeName', 'status.podIP'],
  Job: ['status.successful'],
}
const ALWAYS = ['metadata.name', 'metadata.namespace']

/** Whether an object is of a selection; throws `invalid` for a selector the API server would refuse. */
export function selects(selection: Selection): (object: KubeObject) => boolean {
  const tests = [
    ...fieldTests(selection.kind, selection.fieldSelector ?? ''),
    ...labelTests(selection.labelSelector ?? ''),
  ]
  return (object) =>
    (selection.namespace === null || object.metadata.namespace === selection.namespace) &&
    tests.every((test) => test(object))
}

/** What PartialObjectMetadata leaves of an object. */
export function metadataOf(object: KubeObject): KubeObject {
  return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata: object.metadata }
}

type Test = (object: KubeObject) => boolean

function fieldTests(kind: KindName, text: string): Test[] {
  return text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^([\w.]+)(!=|==|=)(.*)$/.exec(term)
      if (match === null) throw new KubeError('invalid', `invalid field selector ${term}`, { status: 400 })
      const [, path, operator, value] = match as unknown as [string, string, string, string]
      if (![...ALWAYS, ...(SELECTABLE[kind] ?? [])].includes(path)) {
        const of = KINDS[kind].plural
        throw new KubeError('invalid', `field label not supported: ${path} (of ${of})`, { status: 400 })
      }
      return (object) => (fieldOf(object, path) === value) !== (operator === '!=')
    })
}

/** The text at a path; an absent field reads as the empty text, as on the real server. */
function fieldOf(object: KubeObject, path: string): string {
  let value: unknown = object
  for (const step of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[step]
  return value === undefined || value === null ? '' : String(value)
}

function labelTests(text: string): Test[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map((term) => {
      const set = /^([\w./-]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term)
      if (set !== null) {
        const values = set[3]!.split(',').map((value) => value.trim())
        return (object) => values.includes(labelOf(object, set[1]!) ?? '\0') === (set[2] === 'in')
      }
      const equal = /^([\w./-]+)\s*(!=|==|=)\s*([\w.-]*)$/.exec(term)
      if (equal !== null) return (object) => (labelOf(object, equal[1]!) === equal[3]) !== (equal[2] === '!=')
      const present = /^(!?)([\w./-]+)$/.exec(term)
      if (present === null) throw new KubeError('invalid', `unable to parse label selector ${term}`, { status: 400 })
      return (object) => (labelOf(object, present[2]!) !== undefined) !== (present[1] === '!')
    })
}

function labelOf(object: KubeObject, name: string): string | undefined {
  return object.metadata.labels?.[name]
}
