import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromStrictNumber, jsonText, toStrictJson } from './strict-json.ts'

const cases: [what: string, value: unknown, json: unknown][] = [
  ['NaN is null', Number.NaN, null],
  ['infinities are tagged', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], ['Infinity', '-Infinity']],
  ['typed arrays are lists', { a: Float64Array.of(1, Number.NaN), b: Int32Array.of(2) }, { a: [1, null], b: [2] }],
  ['undefined members are left out', { a: undefined, b: null }, { b: null }],
  ['NaN is found at any depth', { a: [{ b: { c: Number.NaN } }] }, { a: [{ b: { c: null } }] }],
]
for (const [what, value, json] of cases) test(what, () => assert.deepEqual(toStrictJson(value), json))

test('whatever goes in, the text is JSON and the finite numbers come back exactly', () => {
  fc.assert(
    fc.property(fc.array(fc.double()), (values) => {
      const back = (JSON.parse(jsonText({ values })) as { values: unknown[] }).values.map(fromStrictNumber)
      // JSON writes -0 as 0.
      const wanted = values.map((value) => (Number.isNaN(value) ? null : value === 0 ? 0 : value))
      assert.deepEqual(back, wanted)
    }),
  )
})

test('the text is indented by two spaces and ends with a newline', () => {
  assert.equal(jsonText({ a: [1] }), '{\n  "a": [\n    1\n  ]\n}\n')
})
