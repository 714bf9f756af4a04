import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { KINDS, SCHEMAS } from './read-manifest.ts'
import type { Schema } from './reading/schema.ts'
import { renderCrd, structural } from './render.ts'

interface Version {
  readonly name: string
  readonly subresources: object
  readonly selectableFields: readonly { readonly jsonPath: string }[]
  readonly additionalPrinterColumns: readonly { readonly name: string; readonly priority?: number }[]
  readonly schema: { readonly openAPIV3Schema: { readonly properties: Record<string, Schema> } }
}
interface Crd {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly scope: string
    readonly names: Record<string, unknown>
    readonly versions: readonly Version[]
  }
}
const crd = (kind: (typeof KINDS)[number]): Crd => renderCrd(kind) as unknown as Crd

const NAMES: readonly [kind: (typeof KINDS)[number], name: string, short: string][] = [
  ['Backtest', 'backtests.hindcast.dev', 'bt'],
  ['WalkForward', 'walkforwards.hindcast.dev', 'wfo'],
  ['MonteCarlo', 'montecarlos.hindcast.dev', 'mcsim'],
  ['Regression', 'regressions.hindcast.dev', 'regr'],
]
for (const [kind, name, short] of NAMES) {
  test(`${kind} is ${name}, ${short} for short, namespaced, in category hindcast and never in all`, () => {
    const { metadata, spec } = crd(kind)
    assert.equal(metadata.name, name)
    assert.equal(spec.scope, 'Namespaced')
    assert.deepEqual(spec.names.shortNames, [short])
    assert.deepEqual(spec.names.categories, ['hindcast'])
  })

  test(`${kind} has a status that is never absent, a subresource, and can be selected by phase`, () => {
    const [version] = crd(kind).spec.versions
    assert.equal(version?.name, 'v1alpha1')
    assert.deepEqual(version?.subresources, { status: {} })
    assert.deepEqual(version?.selectableFields, [{ jsonPath: '.status.phase' }])
    assert.deepEqual(version?.schema.openAPIV3Schema.properties.status?.default, { observedGeneration: -1 })
  })
}

test('a Backtest shows six columns, and four more when asked for', () => {
  const columns = crd('Backtest').spec.versions[0]!.additionalPrinterColumns
  const names = (wide: boolean) => columns.filter((one) => (one.priority === 1) === wide).map((one) => one.name)
  assert.deepEqual(names(false), ['Alpha', 'Phase', 'Progress', 'IC', 'ICIR', 'Age'])
  assert.deepEqual(names(true), ['Stage', 'Priority', 'Attempt', 'Message'])
})

test('the computation is frozen by one rule, but for a Regression', () => {
  for (const kind of KINDS) {
    const rules = crd(kind).spec.versions[0]!.schema.openAPIV3Schema.properties.spec!['x-kubernetes-validations'] ?? []
    const freezing = rules.filter((rule) => rule.rule.includes('oldSelf'))
    assert.equal(freezing.length, kind === 'Regression' ? 0 : 1, kind)
    for (const rule of freezing) {
      assert.match(rule.message, /use a new metadata\.name/)
      assert.doesNotMatch(rule.rule, /priority|timeoutSeconds|parallelism|suspend/)
    }
  }
})

const STRUCTURAL: readonly [title: string, schema: Schema, node: object][] = [
  [
    'an exclusive bound is a bound and a switch',
    { type: 'number', exclusiveMinimum: 0, maximum: 1 },
    { type: 'number', maximum: 1, minimum: 0, exclusiveMinimum: true },
  ],
  ['a whole number has a width', { type: 'integer', minimum: 0 }, { type: 'integer', minimum: 0, format: 'int32' }],
  ['a wide one keeps its own', { type: 'integer', format: 'int64' }, { type: 'integer', format: 'int64' }],
  ['null is a flag', { type: 'number', 'x-nullable': true }, { type: 'number', nullable: true }],
  [
    'what is kept is a flag',
    { type: 'object', properties: {}, 'x-preserve': true },
    { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: {} },
  ],
  [
    'our own words are left out',
    { type: 'string', 'x-code': 'invalid_date', 'x-frozen': undefined! },
    { type: 'string' },
  ],
  [
    'a default holds the defaults inside it',
    { type: 'object', default: {}, properties: { a: { type: 'integer', default: 1, format: 'int64' } } },
    { type: 'object', default: { a: 1 }, properties: { a: { type: 'integer', default: 1, format: 'int64' } } },
  ],
  [
    'a rule has its message and the path of its field',
    { type: 'object', 'x-rules': ['quantiles'] },
    {
      type: 'object',
      'x-kubernetes-validations': [
        {
          rule: 'self.minObservationsPerDate >= self.count',
          message: 'minObservationsPerDate must not be less than count',
          fieldPath: '.minObservationsPerDate',
        },
      ],
    },
  ],
]
for (const [title, schema, node] of STRUCTURAL) {
  test(`structural: ${title}`, () => assert.deepEqual(structural(schema), node))
}

test('every field of every kind says what it means', () => {
  const silent: string[] = []
  const walk = (schema: Schema, path: string): void => {
    for (const [key, own] of Object.entries(schema.properties ?? {})) {
      const inner = own.items ?? own.additionalProperties
      if ((own.description ?? '') === '') silent.push(`${path}.${key}`)
      walk(own, `${path}.${key}`)
      if (inner !== undefined) walk(inner, `${path}.${key}[]`)
    }
  }
  for (const kind of KINDS) walk(SCHEMAS[kind].properties!.spec!, kind)
  assert.deepEqual(silent, [])
})
