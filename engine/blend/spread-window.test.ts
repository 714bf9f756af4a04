import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { closeEnough } from '../../test/golden/compare.ts'
import { type Signal, signalOf } from '../signal.ts'
import { sampleSd } from '../stats.ts'
import { spreadWindow } from './spread-window.ts'

const NAMES = 3
const noise = (row: number, i: number) => ((7919 * (i + 1) + 10473 * row + 613 * (i + 1) * row) % 10007) / 1000
const HOLE = 4

/** Every fourth row the second name has no value. */
function signalAt(row: number): Signal {
  return signalOf([noise(row, 0), row % HOLE === 0 ? null : noise(row, 1), noise(row, 2)])
}

/** The definition, straight: two passes over the window of each name. */
function direct(from: number, to: number): number | null {
  let [weighted, observations] = [0, 0]
  for (let i = 0; i < NAMES; i++) {
    const values = Array.from({ length: to - from + 1 }, (_, k) => signalAt(from + k))
      .filter((signal) => !Number.isNaN(signal.values[i]!))
      .map((signal) => signal.values[i]!)
    if (values.length < 2) continue
    weighted += sampleSd(values)! * values.length
    observations += values.length
  }
  return observations === 0 ? null : weighted / observations
}

/** Mean deviations at the rows `asked`, each over the `length` rows up to it, the window started at row `first`. */
function walk(first: number, asked: readonly number[], length: number): (number | null)[] {
  const window = spreadWindow(NAMES)
  let row = first
  return asked.map((at) => {
    for (; row <= at; row++) window.add(row, signalAt(row))
    return window.meanDeviation(at - length + 1)
  })
}

test('a window over blocks equals two passes over its rows', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 70 }), fc.integer({ min: 2, max: 200 }), (first, length) => {
      const asked = Array.from({ length: 70 }, (_, k) => first + length - 1 + k)
      walk(first, asked, length).forEach((found, k) => {
        const wanted = direct(asked[k]! - length + 1, asked[k]!)!
        assert.ok(closeEnough(found!, wanted), `${found} and ${wanted}`)
      })
    }),
    { numRuns: 15 },
  )
})

test('the row a window was started from leaves no trace in its bits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 2, max: 150 }), (first, length) => {
      const asked = [first + length + 5, first + length + 6, first + length + 40]
      assert.deepEqual(walk(first, asked, length), walk(asked[0]! - length + 1, asked, length))
    }),
    { numRuns: 30 },
  )
})

test('names that never move have a deviation of exactly zero', () => {
  const window = spreadWindow(1)
  for (let row = 0; row < 80; row++) window.add(row, signalOf([0.1]))
  assert.equal(window.meanDeviation(3), 0)
})

test('without two observations of a name there is no deviation', () => {
  const window = spreadWindow(1)
  window.add(7, signalOf([1]))
  assert.equal(window.meanDeviation(7), null)
  assert.equal(window.meanDeviation(8), null)
})

test('a row that does not follow the one before is our mistake', () => {
  const window = spreadWindow(1)
  window.add(7, signalOf([1]))
  assert.throws(() => window.add(9, signalOf([1])), /row 9 follows row 7/)
})
