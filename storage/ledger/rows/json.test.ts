import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Json } from '../../../core/identity.ts'
import { errorMessage, finite, jsonb, metricsJsonb, metricsOf } from './json.ts'

test('whatever goes in, the JSON holds finite numbers and text that PostgreSQL takes', () => {
  const leaf = fc.oneof(fc.double(), fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null))
  const value = fc.letrec((tie) => ({
    node: fc.oneof(leaf, fc.array(tie('node')), fc.dictionary(fc.string({ unit: 'binary' }), tie('node'))),
  })).node
  fc.assert(
    fc.property(value, (wild) => {
      const text = jsonb(wild as Json)
      if (text === null) return
      assert.ok(!text.includes('\\u0000'))
      assert.ok(JSON.parse(text) !== undefined && text.isWellFormed())
    }),
  )
})

test('NaN and infinities become null at every depth, undefined members are left out', () => {
  const wild = { a: Number.NaN, b: [1, Number.POSITIVE_INFINITY, { c: Number.NEGATIVE_INFINITY }], d: undefined }
  assert.equal(jsonb(wild), '{"a":null,"b":[1,null,{"c":null}]}')
})

test('nothing is NULL, not the JSON null', () => {
  assert.equal(jsonb(null), null)
  assert.equal(jsonb(undefined), null)
})

test('metrics come back as they went: NaN as NaN, what is not defined as absent', () => {
  const text = metricsJsonb({ mean_ic: 0.1, icir: Number.NaN, decay_half_life: null })
  assert.equal(text, '{"mean_ic":0.1,"icir":null}')
  assert.deepEqual(metricsOf(JSON.parse(text!)), { mean_ic: 0.1, icir: Number.NaN })
})

for (const value of [null, 'x', 3, [1]]) {
  test(`${JSON.stringify(value)} is no set of metrics`, () => assert.equal(metricsOf(value), null))
}

test('a number for a column is finite or null', () => {
  assert.deepEqual([1.5, 0, Number.NaN, Number.POSITIVE_INFINITY, null, undefined].map(finite), [
    1.5,
    0,
    null,
    null,
    null,
    null,
  ])
})

test('a message keeps tabs and line ends, and loses other control characters', () => {
  assert.equal(errorMessage('a\tb\nc\u0000\u001b[31m\u007f\rd'), 'a\tb\nc[31md')
})

test('a message is cut to 8 KiB between two characters', () => {
  assert.equal(errorMessage('x'.repeat(9000)).length, 8192)
  for (const character of ['\u00e9', '\u20ac', '\u{1F600}']) {
    const cut = errorMessage(character.repeat(9000))
    assert.ok(Buffer.byteLength(cut) <= 8192 && Buffer.byteLength(cut) > 8188)
    assert.ok(cut.isWellFormed() && !cut.includes('\ufffd'))
  }
})
