import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { Value } from 'typebox/value'
import type { ResultShown } from '../../core/status/shape.ts'
import { statusOf } from '../../core/status.ts'
import { MAX_STATUS_BYTES, MESSAGE_BYTES, statusSchema } from '../../crds/v1alpha1/status.ts'
import { anyFacts } from './any-status-facts.ts'

for (const kind of ['Backtest', 'WalkForward', 'MonteCarlo'] as const satisfies readonly ResultShown['kind'][]) {
  test(`whatever the facts, the status of a ${kind} passes the schema and the rules of its CRD`, () => {
    const schema = statusSchema(kind)
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const status = statusOf(facts)
        const faults = Value.Errors(schema, status)
        assert.deepEqual(faults, [], JSON.stringify(faults[0]))
        const messages = [...(status.conditions ?? []).map(({ message }) => message), status.error?.message ?? '']
        assert.ok(messages.reduce((sum, one) => sum + Buffer.byteLength(one), 0) <= MESSAGE_BYTES[kind])
        assert.ok(Object.keys(status.metrics ?? {}).every((key) => key.length <= 24))
        assert.ok(Object.keys(status.datasetVersionIds ?? {}).every((key) => key.length <= 20))
        assert.ok(Buffer.byteLength(JSON.stringify(status)) <= MAX_STATUS_BYTES)
      }),
      { numRuns: 150 },
    )
  })
}
