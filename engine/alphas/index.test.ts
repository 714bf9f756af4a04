import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import { ALPHA_CATALOGUE } from './catalogue.ts'
import { ALPHAS, bindAlpha } from './index.ts'

test('the catalogue is what the alphas say of themselves', () =>
  assert.deepEqual(
    ALPHA_CATALOGUE,
    ALPHAS.map((alpha) => alpha.entry),
  ))

const labels: [name: string, parameters: Record<string, number | string>, label: string][] = [
  ['momentum', {}, 'momentum_252_21'],
  ['reversal', { lookbackDays: 5 }, 'reversal_5'],
  ['value', {}, 'value_bm'],
  ['quality', { metric: 'gp' }, 'quality_gp'],
  ['volatility', {}, 'low_vol_252'],
]
for (const [name, parameters, label] of labels) {
  test(`${name} is called ${label}`, () => assert.equal(bindAlpha({ name, parameters }).label, label))
}

const refused: [
  title: string,
  name: string,
  parameters: Record<string, number | string>,
  code: string,
  says: RegExp,
][] = [
  ['an unknown alpha names the known ones', 'momentun', {}, 'unknown_alpha', /momentun.*momentum, reversal/],
  ['an unknown key names the known ones', 'value', { lookback: 3 }, 'invalid_alpha_params', /lookback.*winsorizePct/],
  ['a number out of bounds names them', 'momentum', { lookbackDays: 0 }, 'invalid_alpha_params', /0.*from 1 to 2520/],
  ['a fraction is no whole number', 'reversal', { lookbackDays: 2.5 }, 'invalid_alpha_params', /2.5.*whole/],
  ['a NaN is no number', 'value', { winsorizePct: Number.NaN }, 'invalid_alpha_params', /number from 0 to 0.49/],
  ['a word for a number is refused', 'value', { winsorizePct: '0.1' }, 'invalid_alpha_params', /"0.1"/],
  ['a choice outside the list names it', 'quality', { metric: 'roa' }, 'invalid_alpha_params', /roa.*roe, gp/],
]
for (const [title, name, parameters, code, says] of refused) {
  test(title, () =>
    assert.throws(
      () => bindAlpha({ name, parameters }),
      (thrown) => thrown instanceof HindcastError && thrown.code === code && says.test(thrown.message),
    ),
  )
}
