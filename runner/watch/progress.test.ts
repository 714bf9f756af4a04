import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AttemptProgress, STAGES, type Stage } from '../../core/outcome.ts'
import { percentOf, progressReporter } from './progress.ts'

const computing = { stage: 'computing' as Stage, date: 100, done: 0, total: 100 }

function watched() {
  const seen: AttemptProgress[] = []
  const clock = { ms: 0 }
  return {
    seen,
    clock,
    report: progressReporter(
      (progress) => seen.push(progress),
      () => clock.ms,
    ),
  }
}

for (const [title, change, percent] of [
  ['computing begins at 20', {}, 20],
  ['half of the days is 55', { done: 50 }, 55],
  ['all of the days is 90', { done: 100 }, 90],
  ['no day to do is 20, not NaN', { total: 0 }, 20],
  ['saving files is 92', { stage: 'saving_parquet' as Stage }, 92],
] as const) {
  test(title, () => assert.equal(percentOf({ ...computing, ...change }), percent))
}

test('a change of stage is told at once', () => {
  const { seen, report } = watched()
  report(computing)
  report({ ...computing, stage: 'saving_parquet' })
  assert.deepEqual(
    seen.map((p) => p.stage),
    ['computing', 'saving_parquet'],
  )
})

test('movement within two seconds is kept back', () => {
  const { seen, clock, report } = watched()
  report(computing)
  clock.ms = 1_999
  report({ ...computing, done: 10 })
  clock.ms = 2_000
  report({ ...computing, done: 10 })
  assert.equal(seen.length, 2)
})

test('a run that does not move still speaks every thirty seconds', () => {
  const { seen, clock, report } = watched()
  for (clock.ms = 0; clock.ms <= 60_000; clock.ms += 1_000) report(computing)
  assert.equal(seen.length, 3)
})

test('percent never falls, whatever order positions come in', () => {
  const stages = Object.keys(STAGES) as Stage[]
  const position = fc.record({
    stage: fc.constantFrom(...stages),
    date: fc.constant(null),
    done: fc.nat(100),
    total: fc.constant(100),
  })
  fc.assert(
    fc.property(fc.array(position), (positions) => {
      const { seen, clock, report } = watched()
      for (const next of positions) {
        clock.ms += 5_000
        report(next)
      }
      assert.deepEqual(
        seen.map((p) => p.percent),
        seen.map((p) => p.percent).toSorted((a, b) => a - b),
      )
    }),
  )
})
