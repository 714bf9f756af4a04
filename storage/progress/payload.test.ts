import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { beatKey, cancelKey, decodeBeat, decodeNote, encodeBeat, encodeNote, keysOf, progressKey } from './payload.ts'

const job = { namespace: 'research', jobId: '0'.repeat(32) }
const attempt = { ...job, attempt: 2 }
const wire = { pct: 40, stage: 'computing', current_date: '2015-01-02', updated_at: null, attempt: 2, seq: 7 }
const note = { attempt: 2, seq: 7, percent: 40, stage: 'computing', date: '2015-01-02', updatedAt: null }
const beatWire = { attempt: 2, index: 1, pod_uid: 'p-1', seq: 9, rss: 1000, pct: 40 }
const beat = { attempt: 2, index: 1, podUid: 'p-1', seq: 9, rssBytes: 1000, percent: 40 }

test('keys carry the namespace; beats of several pods their index', () => {
  assert.equal(progressKey(job), `backtest:research:progress:${job.jobId}`)
  assert.equal(cancelKey(job), `backtest:research:cancel:${job.jobId}`)
  assert.equal(beatKey({ ...job, parallelism: 1 }, 0), `backtest:research:heartbeat:${job.jobId}`)
  assert.equal(beatKey({ ...job, parallelism: 4 }, 0), `backtest:research:heartbeat:${job.jobId}:0`)
  assert.equal(keysOf(job).length, 67)
})

test('what is written holds the fields of the seed', () => {
  assert.deepEqual(JSON.parse(encodeNote(note)), wire)
  assert.deepEqual(JSON.parse(encodeBeat(beat)), beatWire)
})

const NOTES: readonly [title: string, change: object, read: ReturnType<typeof decodeNote>][] = [
  ['as it was written', {}, note],
  ['of another attempt', { attempt: 1 }, null],
  ['of an attempt in quotes', { attempt: '2' }, null],
  ['with a percentage that is no number', { pct: 'all' }, { ...note, percent: 0 }],
  ['with a percentage beyond the end', { pct: 1e9 }, { ...note, percent: 100 }],
  ['with a percentage below the start', { pct: -3 }, { ...note, percent: 0 }],
  ['with a broken percentage', { pct: 40.4 }, note],
  ['with a date that is none', { current_date: '2015-02-30' }, { ...note, date: null }],
  ['with a sequence that is none', { seq: -1 }, { ...note, seq: 0 }],
  ['with escape sequences for a stage', { stage: '\u001b[2J' }, { ...note, stage: ' [2J' }],
  ['with a stage without end', { stage: 'x'.repeat(500) }, { ...note, stage: 'x'.repeat(40) }],
  ['without a stage', { stage: null }, undefined],
  ['with a time that is none', { updated_at: '<b>' }, note],
  ['with a time', { updated_at: '2026-01-01T00:00:00.123Z' }, { ...note, updatedAt: '2026-01-01T00:00:00.123Z' }],
]
for (const [title, change, read] of NOTES) {
  test(`a note ${title} reads as ${JSON.stringify(read)}`, () => {
    assert.deepEqual(decodeNote(JSON.stringify({ ...wire, ...change }), attempt), read)
  })
}

const BEATS: readonly [title: string, change: object, read: ReturnType<typeof decodeBeat>][] = [
  ['as it was written', {}, beat],
  ['of another attempt', { attempt: 1 }, null],
  ['of another index', { index: 0 }, null],
  ['without a sequence', { seq: undefined }, undefined],
  ['with a sequence that is too large to count', { seq: 2 ** 60 }, undefined],
  ['with a sequence in quotes', { seq: '9' }, undefined],
  ['with a pod that cannot be one', { pod_uid: "x'; drop" }, undefined],
  ['with memory that is no number', { rss: 'much' }, { ...beat, rssBytes: null }],
]
for (const [title, change, read] of BEATS) {
  test(`a beat ${title} reads as ${JSON.stringify(read)}`, () => {
    assert.deepEqual(decodeBeat(JSON.stringify({ ...beatWire, ...change }), { attempt: 2, index: 1 }), read)
  })
}

for (const text of ['', 'null', '[]', '7', '{', '"x"', `{"stage":"${'x'.repeat(2000)}","attempt":2}`]) {
  test(`${text.slice(0, 20)} is neither a note nor a beat`, () => {
    assert.equal(decodeNote(text, attempt), undefined)
    assert.equal(decodeBeat(text, { attempt: 2, index: 1 }), undefined)
  })
}

test('any text at all is read without a throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      decodeNote(text, attempt)
      decodeBeat(text, { attempt: 2, index: 1 })
    }),
  )
})
