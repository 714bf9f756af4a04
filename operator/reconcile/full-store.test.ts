import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { StoreWord } from '../../storage/ledger/operator/port.ts'
import { whyFull } from './full-store.ts'

const NOW = Date.parse('2026-11-30T12:00:00Z')
const MINUTE_MS = 60_000
const ago = (minutes: number) => new Date(NOW - minutes * MINUTE_MS).toISOString()
const MB = 1_000_000

/** A store of 100 MB whose largest result has 30 MB, so that 20 MB are room enough. */
const measured = (minutes: number, freeMb: number | null, totalMb: number | null = 100) => ({
  at: ago(minutes),
  usedBytes: MB,
  freeBytes: freeMb === null ? null : freeMb * MB,
  totalBytes: totalMb === null ? null : totalMb * MB,
})
const word = (change: Partial<StoreWord>): StoreWord => ({
  namespace: 'quant',
  fullAt: null,
  committedSince: false,
  largestBytes: 30 * MB,
  measured: null,
  ...change,
})

const CASES: readonly [title: string, word: Partial<StoreWord>, said: RegExp | null][] = [
  ['a store that nobody spoke of is not full', {}, null],
  ['an attempt that found no room speaks for it', { fullAt: ago(1) }, /^pvc:results is full: .* at 2026-11-30T11:59/],
  ['a result that was committed after that says more', { fullAt: ago(2), committedSince: true }, null],
  ['it is full until it is measured', { fullAt: ago(1), measured: measured(2, 90) }, /found no room/],
  ['a measurement with a fifth free says that there is room', { fullAt: ago(2), measured: measured(1, 20) }, null],
  [
    'one with less says that there is none, and how much it takes',
    { fullAt: ago(2), measured: measured(1, 19) },
    /19\.0 MB of 100\.0 MB are free, 20\.0 MB are needed/,
  ],
  [
    'twice the largest result is room enough',
    { fullAt: ago(2), largestBytes: 5 * MB, measured: measured(1, 10) },
    null,
  ],
  [
    'of a namespace without any result a fifth is needed',
    { fullAt: ago(2), largestBytes: null, measured: measured(1, 19) },
    /20\.0 MB are needed/,
  ],
  [
    'a store without a limit to read has room once it was cleaned',
    { fullAt: ago(2), measured: measured(1, null, null) },
    null,
  ],
  ['without any such end five in a hundred are room enough', { measured: measured(1, 5) }, null],
  ['and less is full', { measured: measured(1, 4.9) }, /4\.9 MB of 100\.0 MB are free, 5\.0 MB are needed/],
  [
    'after a commit no more than that is asked for',
    { fullAt: ago(3), committedSince: true, measured: measured(1, 6) },
    null,
  ],
  ['what was said a quarter of an hour ago counts', { fullAt: ago(15) }, /full/],
  ['what was said before that does not', { fullAt: ago(15.1) }, null],
  ['nor does an old measurement', { measured: measured(15.1, 0) }, null],
  ['a new measurement makes an old word count', { fullAt: ago(600), measured: measured(1, 10) }, /20\.0 MB are needed/],
]

for (const [title, change, said] of CASES) {
  test(title, () => {
    const text = whyFull(word(change), { now: NOW, place: 'pvc:results' })
    if (said === null) return assert.equal(text, null)
    assert.match(text ?? '', said)
    assert.match(text ?? '', /namespace quant .* remove what nobody needs there, or make the store larger$/)
    assert.ok(Buffer.byteLength(text ?? '') <= 400, 'it fits a condition whole')
  })
}
