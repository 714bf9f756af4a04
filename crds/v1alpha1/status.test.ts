import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { KINDS } from '../read-manifest.ts'
import type { Schema } from '../reading/schema.ts'
import { MAX_STATUS_BYTES, MESSAGE_BYTES, statusSchema } from './status.ts'

/** Keys of a map have no bound in a schema; rules of the status hold these. */
const MAP_KEYS: Readonly<Record<string, number>> = { metrics: 24, datasetVersionIds: 16 }

/** Bytes of the largest value a schema allows, as JSON, in ASCII and without its messages. */
function largest(schema: Schema, name = ''): number {
  if (name === 'message') return '""'.length
  if (schema.enum !== undefined) return 2 + Math.max(...schema.enum.map((word) => word.length))
  if (schema.type === 'string') return 2 + schema.maxLength!
  if (schema.type === 'integer') return String(schema.maximum!).length
  if (schema.type === 'array') return 2 + schema.maxItems! * (1 + largest(schema.items!))
  if (schema.additionalProperties !== undefined) {
    return 2 + schema.maxProperties! * (MAP_KEYS[name]! + 4 + largest(schema.additionalProperties))
  }
  const members = Object.entries(schema.properties!).map(([key, own]) => key.length + 4 + largest(own, key))
  return 2 + members.reduce((sum, size) => sum + size, 0)
}

for (const kind of KINDS) {
  test(`the status of a ${kind} fits in 8 KiB at its largest`, () => {
    const bytes = largest(statusSchema(kind) as unknown as Schema) + MESSAGE_BYTES[kind]
    assert.ok(Number.isFinite(bytes) && bytes > 4096, `${bytes}`)
    assert.ok(bytes <= MAX_STATUS_BYTES, `${bytes} bytes`)
  })
}

test('only a Regression has a verdict, and it has no job of its own', () => {
  const fields = (kind: (typeof KINDS)[number]) => Object.keys((statusSchema(kind) as unknown as Schema).properties!)
  assert.ok(fields('Regression').includes('verdict') && !fields('Regression').includes('jobId'))
  for (const kind of KINDS.filter((one) => one !== 'Regression')) {
    assert.ok(!fields(kind).includes('verdict') && fields(kind).includes('lastResult'))
  }
})
