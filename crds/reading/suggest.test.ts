import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { closest, didYouMean, editDistance } from './suggest.ts'

const FIELDS = ['lookbackDays', 'skipDays', 'winsorizePct', 'universeFilter', 'minObservations', 'metric']

const GUESSES: readonly [word: string, known: readonly string[], meant: string | undefined][] = [
  ['lookback_days', FIELDS, 'lookbackDays'],
  ['LookbackDays', FIELDS, 'lookbackDays'],
  ['lookbackDay', FIELDS, 'lookbackDays'],
  ['skipdyas', FIELDS, 'skipDays'],
  ['winsorisePct', FIELDS, 'winsorizePct'],
  ['BackTest', ['Backtest', 'WalkForward'], 'Backtest'],
  ['zsocre', ['zscore', 'quantile', 'rank'], 'zscore'],
  ['banana', FIELDS, undefined],
  ['', FIELDS, undefined],
  ['x'.repeat(65), ['x'.repeat(64)], undefined],
]
for (const [word, known, meant] of GUESSES) {
  test(`${JSON.stringify(word.slice(0, 20))} stands for ${meant}`, () => assert.equal(closest(word, known), meant))
}

test('a guess is asked as a question', () => {
  assert.equal(didYouMean('skip_days', FIELDS), 'did you mean "skipDays"?')
  assert.equal(didYouMean('banana', FIELDS), undefined)
})

test('a swap of neighbours is one edit', () => {
  assert.equal(editDistance('momentum', 'momnetum'), 1)
  assert.equal(editDistance('kitten', 'sitting'), 3)
})

test('the distance is none for equal words, the same in both directions, and at most the longer word', () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      assert.equal(editDistance(a, a), 0)
      assert.equal(editDistance(a, b), editDistance(b, a))
      assert.ok(editDistance(a, b) <= Math.max(a.length, b.length))
      assert.equal(editDistance(a, b) === 0, a === b)
    }),
  )
})
