import { type TSchema, Type } from 'typebox'
import { choice, closed, mapOf } from './fields.ts'

export const GROUP = 'hindcast.dev'
export const VERSION = 'v1alpha1'
export const API_VERSION = `${GROUP}/${VERSION}`

/** Kubernetes bounds labels and annotations by their size as a whole (256 KiB); this only keeps the walk short. */
const MAX_METADATA_ENTRIES = 1000

const text = Type.String()
const anything = (description: string) => Type.Unsafe<unknown>({ description, 'x-preserve': true })

/** What Kubernetes knows of any object; Hindcast reads name, namespace and one annotation. */
const metadata = closed(
  {
    name: Type.String({ description: 'A DNS label of at most 63 characters.', 'x-code': 'invalid_name' }),
    namespace: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 63,
        pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
        description: 'Absent: default.',
        'x-code': 'invalid_name',
      }),
    ),
    generateName: Type.Optional(text),
    labels: Type.Optional(mapOf(text, MAX_METADATA_ENTRIES, 'Labels.')),
    annotations: Type.Optional(mapOf(text, MAX_METADATA_ENTRIES, 'Annotations.')),
    finalizers: Type.Optional(anything('Set by Kubernetes.')),
    ownerReferences: Type.Optional(anything('Set by Kubernetes.')),
    managedFields: Type.Optional(anything('Set by Kubernetes.')),
    uid: Type.Optional(anything('Set by Kubernetes.')),
    resourceVersion: Type.Optional(anything('Set by Kubernetes.')),
    generation: Type.Optional(anything('Set by Kubernetes.')),
    selfLink: Type.Optional(anything('Set by Kubernetes.')),
    creationTimestamp: Type.Optional(anything('Set by Kubernetes.')),
    deletionTimestamp: Type.Optional(anything('Set by Kubernetes.')),
    deletionGracePeriodSeconds: Type.Optional(anything('Set by Kubernetes.')),
  },
  'Name, namespace, labels and annotations.',
)

/** A whole resource of one kind, as a manifest writes it. Its status is the operator's and is not read. */
export function resource<const Kind extends string, Spec extends TSchema>(kind: Kind, description: string, spec: Spec) {
  return closed(
    {
      apiVersion: choice([API_VERSION], 'The API group and version.'),
      kind: choice([kind], 'The kind.'),
      metadata,
      spec,
      status: Type.Optional(anything('Written by the operator.')),
    },
    description,
    { 'x-code': 'config_invalid', 'x-rules': ['resource'] },
  )
}
