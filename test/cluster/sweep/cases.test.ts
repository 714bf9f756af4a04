import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { SCRIPTS } from '../../world/scripts.ts'
import { caseOf, deathsOf, textOf } from './cases.ts'

const calls = ['get Lease a/b', 'create Job a/b', 'ledger openAttempt', 'ledger openPlaces', 'create Job a/c'].map(
  (what, index) => ({ index: index + 1, process: 'operator-1', what }),
)
const at = (wanted: string) => deathsOf(calls).filter(({ call }) => call === wanted)

test('a call that writes has two deaths each time, one that only reads has one', () => {
  assert.deepEqual(
    at('create Job').map(({ how, nth }) => `${how} ${nth}`),
    ['die-before 1', 'die-after 1', 'die-before 2', 'die-after 2'],
  )
  assert.deepEqual([at('ledger openAttempt').length, at('ledger openPlaces').length, at('get Lease').length], [2, 1, 1])
})

test('what goes on by the clock has deaths at its first four calls alone', () => {
  const renewals = Array.from({ length: 30 }, (_, index) => ({
    index,
    process: 'operator-1',
    what: 'replace Lease a/b',
  }))
  assert.deepEqual([...new Set(deathsOf(renewals).map(({ nth }) => nth))], [1, 2, 3, 4])
})

test('a case reads back as it was printed, and a bad one is told what is allowed', () => {
  for (const script of SCRIPTS) {
    for (const death of deathsOf(calls)) assert.deepEqual(caseOf(textOf(script, death)), { script, death })
  }
  assert.throws(() => caseOf('Backtest happy die-never create Job 1'), /die-before\|die-after/)
})
