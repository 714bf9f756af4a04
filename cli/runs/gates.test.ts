import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { gateFault, parseGate } from './gates.ts'

const KNOWN = ['icir', 'mean_ic', 'average_turnover']

const met: readonly [gate: string, value: number | null, met: boolean][] = [
  ['icir>=0.5', 0.5, true],
  ['icir>0.5', 0.5, false],
  ['icir<=0.5', 0.5, true],
  ['icir<0.5', 0.5, false],
  ['icir==0.5', 0.5, true],
  ['icir!=0.5', 0.5, false],
  ['icir>=-0.1', -0.2, false],
  ['icir >= 1e-3', 0.002, true],
  ['  icir  >=  .5 ', 0.6, true],
  ['icir<10', Number.NaN, false],
  ['icir!=0', null, false],
]

for (const [text, value, expected] of met) {
  test(`"${text}" is ${expected ? 'met' : 'not met'} by ${value}`, () => {
    assert.equal(gateFault(parseGate(text, KNOWN), { icir: value }) === null, expected)
  })
}

for (const text of [
  'icir',
  'icir>=',
  'icir=>0.5',
  'icir>=0.5x',
  'icir=0.5',
  '>=0.5',
  'icir>=0x10',
  'icir>=0.5;mean_ic>0',
  'icir>=NaN',
  '',
]) {
  test(`"${text}" is refused`, () => {
    assert.throws(() => parseGate(text, KNOWN), { code: 'usage', message: /is not METRIC COMPARISON NUMBER/ })
  })
}

test('an unknown figure is named with the nearest and all known ones', () => {
  assert.throws(() => parseGate('icri>=1', KNOWN), {
    code: 'usage',
    message: /no figure "icri"; did you mean "icir"\? known: icir, mean_ic, average_turnover/,
  })
})

test('what a figure was is said where a gate is not met', () => {
  assert.equal(gateFault(parseGate('icir>=0.5', KNOWN), { icir: 0.25 }), 'icir>=0.5: icir is 0.25')
})

test('a figure that is not there meets no gate', () => {
  assert.equal(gateFault(parseGate('icir<1', KNOWN), {}), 'icir<1: icir is n/a for this run')
})
