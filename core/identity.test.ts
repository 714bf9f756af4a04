import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, configHash, type Identity, type Json, jobIdOf, resultKey, sha256Hex } from './identity.ts'

/** Canonical JSON of RFC 8785: the examples of its sections 3.2.2 and 3.2.3, and what follows from them. */
const CANONICAL: readonly [value: Json, text: string][] = [
  [null, 'null'],
  [true, 'true'],
  [1, '1'],
  [1.0, '1'],
  [-0, '0'],
  [1e21, '1e+21'],
  [0.000001, '0.000001'],
  [1e-7, '1e-7'],
  [Number('333333333.33333329'), '333333333.3333333'],
  [9007199254740991, '9007199254740991'],
  ['', '""'],
  ['\u20ac$\u000f\nA\'B"\\\\"/', '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'],
  [[], '[]'],
  [{}, '{}'],
  [{ b: 1, a: [2, { d: null, c: 'x' }] }, '{"a":[2,{"c":"x","d":null}],"b":1}'],
  // Sorted by UTF-16 code units: the emoji (a surrogate pair) stands before U+FB33.
  [
    {
      '\u20ac': 'Euro',
      '\r': 'CR',
      '\ufb33': 'Dalet',
      '1': 'One',
      '\ud83d\ude00': 'Smile',
      '\u0080': 'Control',
      ö: 'o',
    },
    '{"\\r":"CR","1":"One","\u0080":"Control","ö":"o","€":"Euro","😀":"Smile","\ufb33":"Dalet"}',
  ],
]
for (const [value, text] of CANONICAL) {
  test(`canonical JSON: ${text}`, () => assert.equal(canonicalJson(value), text))
}

test('an undefined member is left out, a null one is kept', () => {
  assert.equal(canonicalJson({ a: undefined, b: null }), '{"b":null}')
})

for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
  test(`${value} has no canonical JSON`, () => assert.throws(() => canonicalJson([value]), /finite numbers only/))
}

test('canonical JSON reads back as the same value, whatever the order of the members', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json)
      assert.equal(canonicalJson(JSON.parse(text) as Json), text)
      assert.equal(canonicalJson(reversed(value as Json)), text)
    }),
  )
})

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toReversed()
  return Object.fromEntries(entries.map(([key, member]) => [key, reversed(member as Json)]))
}

test('SHA-256 is that of FIPS 180-4, of text and of bytes alike', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  assert.equal(sha256Hex('abc'), abc)
  assert.equal(sha256Hex(new Uint8Array([97, 98, 99])), abc)
})

const identity: Identity = {
  v: 1,
  kind: 'Backtest',
  namespace: 'default',
  computation: { dataset: 'sp500', decayHorizons: [1, 2], costModel: undefined },
}

test('a job id is the first half of the hash of its identity', () => {
  const text = '{"computation":{"dataset":"sp500","decayHorizons":[1,2]},"kind":"Backtest","namespace":"default","v":1}'
  assert.equal(configHash(identity), sha256Hex(text))
  assert.equal(jobIdOf(configHash(identity)), sha256Hex(text).slice(0, 32))
})

const OTHERS: readonly [title: string, change: Partial<Identity>][] = [
  ['namespace', { namespace: 'quant' }],
  ['kind', { kind: 'WalkForward' }],
  ['dataset', { computation: { dataset: 'sp501', decayHorizons: [1, 2] } }],
  ['order of a list', { computation: { dataset: 'sp500', decayHorizons: [2, 1] } }],
  ['regression', { regression: { uid: 'u', case: 'momentum_2015_2015', runKey: 'a' } }],
]
for (const [title, change] of OTHERS) {
  test(`another ${title} is another identity`, () => {
    assert.notEqual(configHash({ ...identity, ...change }), configHash(identity))
  })
}

test('a result key knows no namespace, but the revision of the engine', () => {
  assert.equal(resultKey('Backtest', { a: 1, b: 2 }, 1), resultKey('Backtest', { b: 2, a: 1 }, 1))
  assert.notEqual(resultKey('Backtest', { a: 1 }, 1), resultKey('Backtest', { a: 1 }, 2))
  assert.notEqual(resultKey('Backtest', { a: 1 }, 1), resultKey('WalkForward', { a: 1 }, 1))
})
