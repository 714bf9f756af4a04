import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { arrayLiteral, instant } from './sql.ts'

const INSTANTS: readonly (readonly [string, string])[] = [
  ['2026-11-22 21:11:51.123456+00', '2026-11-22T21:11:51.123456Z'],
  ['2026-11-22 21:11:51.1+00', '2026-11-22T21:11:51.100000Z'],
  ['2026-11-22 21:11:51+00', '2026-11-22T21:11:51.000000Z'],
  ['2026-11-22T21:11:51.12+00:00', '2026-11-22T21:11:51.120000Z'],
]
for (const [text, expected] of INSTANTS) {
  test(`the time ${text} is ${expected}`, () => assert.equal(instant(text), expected))
}

for (const text of ['2026-11-22 21:11:51+02', '22/11/2026 21:11:51', 'infinity', '']) {
  test(`the time "${text}" is refused, since the session is not as it must be`, () => {
    assert.throws(() => instant(text), RangeError)
  })
}

test('a list keeps quotes, backslashes, commas and braces inside its items', () => {
  assert.equal(arrayLiteral(['a', 'b"c', 'd\\e', '{f,g}', '']), '{"a","b\\"c","d\\\\e","{f,g}",""}')
  assert.equal(arrayLiteral([]), '{}')
})
