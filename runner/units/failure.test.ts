import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import { Stopped } from '../control.ts'
import { failureOfUnit } from './failure.ts'

const CASES: readonly [title: string, thrown: unknown, code: string | undefined, message: string][] = [
  ['bad data is for good', new HindcastError('no_signals', 'none'), 'unit_failed', 'window 3: no_signals: none'],
  ['a bad manifest too', new HindcastError('unknown_alpha', 'x'), 'unit_failed', 'window 3: unknown_alpha: x'],
  ['a limit is that of the attempt', new HindcastError('memory_limit', 'full'), 'memory_limit', 'window 3: full'],
  ['what a retry cures keeps its code', new HindcastError('storage_error', 'io'), 'storage_error', 'window 3: io'],
  ['a bug is a bug', new HindcastError('invariant_violated', 'no'), 'invariant_violated', 'window 3: no'],
  ['any other error has no code', new TypeError('x of null'), undefined, 'window 3: x of null'],
  ['what is no error is told as it is', 'odd', undefined, 'window 3: odd'],
]
for (const [title, thrown, code, message] of CASES) {
  test(`a unit that fails: ${title}`, () => {
    const failure = failureOfUnit('window 3', thrown)
    assert.deepEqual([(failure as HindcastError).code, failure.message, failure.cause], [code, message, thrown])
  })
}

test('a stop is not a failure of the unit it came in', () => {
  const stopped = new Stopped()
  assert.equal(failureOfUnit('window 3', stopped), stopped)
})
