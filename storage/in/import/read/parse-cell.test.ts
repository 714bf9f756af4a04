import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatIsoDate } from '../../../../core/dates.ts'
import { NO_DATE } from '../../../../engine/panel.ts'
import { dayOfText, dayOfWhole, decimalOf, FIRST_DAY, LAST_DAY } from './parse-cell.ts'

test('any finite double that is written out reads back as itself', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.equal(decimalOf(String(value)), value + 0)
    }),
  )
})

test('a short decimal reads as the nearest double, as JavaScript reads it', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 9 })
  fc.assert(
    fc.property(fc.constantFrom('', '-', '+'), digits, digits, (sign, whole, part) => {
      const text = `${sign}${whole}.${part}`
      assert.equal(decimalOf(text), Number(text) + 0)
    }),
  )
})

test('minus zero reads as zero, so that equal data has equal bits', () => {
  for (const text of ['-0', '-0.0', '-0e5']) assert.ok(Object.is(decimalOf(text), 0), text)
})

for (const text of [
  '',
  ' ',
  '-',
  '.',
  '1,5',
  '1.2.3',
  '0x1F',
  '1_000',
  '1e',
  'e5',
  '--1',
  '1 2',
  'nan',
  'Infinity',
  '１',
]) {
  test(`${JSON.stringify(text)} is no decimal number`, () => assert.ok(Number.isNaN(decimalOf(text))))
}

test('a number too large for a double is infinite, for the caller to refuse', () =>
  assert.equal(decimalOf('1e999'), Infinity))

test('every day from 1900 to 2199 reads back from both forms', () => {
  fc.assert(
    fc.property(fc.integer({ min: FIRST_DAY, max: LAST_DAY }), (number) => {
      const iso = formatIsoDate(number)
      assert.equal(dayOfText(iso), number)
      assert.equal(dayOfText(iso.replaceAll('-', '')), number)
      assert.equal(dayOfWhole(Number(iso.replaceAll('-', ''))), number)
    }),
  )
})

for (const text of [
  '2015-02-29',
  '2015-13-01',
  '2015-00-10',
  '2015-1-1',
  '01/02/2015',
  '2015/01/02',
  '20150230',
  '2015-01-0a',
  '',
]) {
  test(`${JSON.stringify(text)} is no date`, () => assert.equal(dayOfText(text), NO_DATE))
}

for (const value of [20150230, 2015.5, -20150101, NaN, 1e300]) {
  test(`the number ${value} is no date`, () => assert.equal(dayOfWhole(value), NO_DATE))
}
