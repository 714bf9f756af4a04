import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { bareNumberText, bytesText, type NumberStyle, numberText } from './number-text.ts'

const plain: NumberStyle = { unit: 'number', digits: 2 }

const cases: [title: string, value: number | null, style: NumberStyle, text: string][] = [
  ['a number below zero has a true minus', -1.5, plain, '−1.50'],
  ['a number that rounds to zero has no sign', -0.001, { ...plain, signed: true }, '0.00'],
  ['a signed number above zero has a plus', 0.0671, { unit: 'percent', digits: 1, signed: true }, '+6.7%'],
  ['a fraction in percent is multiplied by 100', 0.507, { unit: 'percent', digits: 1 }, '50.7%'],
  ['what is in percent already is not multiplied', 68.25, { unit: 'percentage', digits: 1 }, '68.3%'],
  ['a fraction in basis points is multiplied by 10,000', 0.000923, { unit: 'fractionBp', digits: 1 }, '9.2\u202fbp'],
  ['what is in basis points already is not multiplied', 5.0306, { unit: 'bp', digits: 1 }, '5.0\u202fbp'],
  ['thousands are set apart from five digits on', 122978, { unit: 'count', digits: 0 }, '122,978'],
  ['four digits stay together', 2015, { unit: 'count', digits: 0 }, '2015'],
  ['millions of dollars are named in words', 132_239_173, { unit: 'usd', digits: 0 }, 'USD 132 million'],
  ['billions of dollars are named in words', 4_338_379_472, { unit: 'usd', digits: 0 }, 'USD 4.34 billion'],
  ['small amounts of dollars are whole', 12600.24, { unit: 'usd', digits: 0 }, 'USD 12,600'],
  ['a loss in dollars keeps its minus', -2_500_000, { unit: 'usd', digits: 0 }, 'USD −2.50 million'],
  ['one day is singular', 1, { unit: 'days', digits: 0 }, '1 day'],
  ['NaN is n/a', NaN, plain, 'n/a'],
  ['null is n/a', null, plain, 'n/a'],
  ['infinity has its sign', -Infinity, plain, '−∞'],
]

for (const [title, value, style, text] of cases) {
  test(title, () => assert.equal(numberText(value, style), text))
}

test('a bare number leaves the unit to the head of its column', () => {
  assert.equal(bareNumberText(0.0671, { unit: 'percent', digits: 1, signed: true }), '+6.7')
})

const SIZES: readonly [bytes: number, text: string][] = [
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [12_345, '12.3 kB'],
  [20_000_000, '20.0 MB'],
  [4e18, '4000.0 PB'],
]
for (const [bytes, text] of SIZES) {
  test(`${bytes} bytes are told as ${text}`, () => assert.equal(bytesText(bytes), text))
}
