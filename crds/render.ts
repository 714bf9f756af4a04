import type { Kind } from '../core/request.ts'
import { defaultOf } from './reading/check.ts'
import type { Schema } from './reading/schema.ts'
import { RULES } from './rules/index.ts'
import type { Rule } from './rules/rule.ts'
import { COLUMNS, NAMES } from './v1alpha1/columns.ts'
import { KIND_SCHEMAS } from './v1alpha1/kinds.ts'
import { GROUP, VERSION } from './v1alpha1/resource.ts'
import { statusSchema } from './v1alpha1/status.ts'

type Node = Readonly<Record<string, unknown>>

/** One validation of a structural schema. */
interface Validation {
  readonly rule: string
  readonly message: string
  readonly fieldPath?: string
}

/** The CustomResourceDefinition of a kind as plain data, ready to be written as YAML. */
export function renderCrd(kind: Kind): Node {
  const names = NAMES[kind]
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, ...names, categories: ['hindcast'] },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
          selectableFields: [{ jsonPath: '.status.phase' }],
          additionalPrinterColumns: COLUMNS[kind],
          schema: { openAPIV3Schema: rootSchema(kind) },
        },
      ],
    },
  }
}

function rootSchema(kind: Kind): Node {
  const schema = KIND_SCHEMAS[kind] as unknown as Schema
  return {
    type: 'object',
    description: schema.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: `${GROUP}/${VERSION}` },
      kind: { type: 'string', description: kind },
      // The API server allows little more here; the name is declared so that a rule can point at it.
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
      spec: structural(schema.properties!.spec!),
      status: structural(statusSchema(kind) as unknown as Schema),
    },
    'x-kubernetes-validations': validations(schema),
  }
}

/** Keywords that a structural schema takes as they stand. */
const KEPT = [
  'type',
  'format',
  'description',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minimum',
  'maximum',
  'required',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
] as const satisfies readonly (keyof Schema)[]

/** A schema of ours as a structural schema of Kubernetes: no boolean closedness, no number as exclusive bound. */
export function structural(schema: Schema): Node {
  const node: Record<string, unknown> = {}
  for (const key of KEPT) if (schema[key] !== undefined) node[key] = schema[key]
  // Whole: the API server checks a default before it fills in the defaults inside it.
  if (schema.default !== undefined) node.default = defaultOf(schema)
  if (schema.exclusiveMinimum !== undefined) {
    node.minimum = schema.exclusiveMinimum
    node.exclusiveMinimum = true
  }
  if (schema.type === 'integer' && schema.format === undefined) node.format = 'int32'
  if (schema['x-nullable'] === true) node.nullable = true
  if (schema['x-preserve'] === true) node['x-kubernetes-preserve-unknown-fields'] = true
  if (schema.items !== undefined) node.items = structural(schema.items)
  if (schema.additionalProperties !== undefined) node.additionalProperties = structural(schema.additionalProperties)
  if (schema.properties !== undefined) {
    node.properties = Object.fromEntries(Object.entries(schema.properties).map(([key, own]) => [key, structural(own)]))
  }
  const rules = validations(schema)
  if (rules.length > 0) node['x-kubernetes-validations'] = rules
  return node
}

function validations(schema: Schema): readonly Validation[] {
  const rules = (schema['x-rules'] ?? []).flatMap((group) => RULES[group] as readonly Rule[])
  const frozen = schema['x-frozen']
  return [
    ...rules.flatMap(validation),
    ...(frozen === undefined ? [] : [freeze(frozen)]),
    ...(schema['x-kubernetes-validations'] ?? []),
  ]
}

function validation(rule: Rule): readonly Validation[] {
  if (rule.cel === null) return []
  if (rule.at === '') return [{ rule: rule.cel, message: rule.message }]
  const fieldPath = rule.at.replaceAll('/', '.')
  return [{ rule: rule.cel, message: `${fieldPath.slice(1)} ${rule.message}`, fieldPath }]
}

/** One transition rule over all the fields of a computation. */
function freeze(fields: readonly string[]): Validation {
  const same = (field: string): string =>
    `has(self.${field}) == has(oldSelf.${field}) && (!has(self.${field}) || self.${field} == oldSelf.${field})`
  const message = `the computation is frozen (${fields.join(', ')}); use a new metadata.name for another one`
  return { rule: fields.map(same).join(' && '), message }
}
