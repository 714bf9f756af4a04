import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { EntryKind } from '../blobs/result-path.ts'
import { fateOf, type JobRecord, STAGING_GRACE_MS, UNKNOWN_GRACE_MS } from './fate.ts'

const NOW = 1_800_000_000_000
/** Attempt 2 gave the last result, attempt 1 an older one; 3 failed; 4 is running. */
const running: JobRecord = {
  status: 'running',
  attempt: 4,
  lastGoodAttempt: 2,
  completedAttempts: new Set([1, 2]),
}
const failed: JobRecord = { ...running, status: 'failed' }
const attempt = (number: number): EntryKind => ({ kind: 'attempt', attempt: number })
const staging = (number: number): EntryKind => ({ kind: 'staging', attempt: number, claim: 'p' })

const cases: [title: string, entry: EntryKind, job: JobRecord | null, ageMs: number, act: 'keep' | 'remove'][] = [
  ['the last good result stays however old it is', attempt(2), running, 1e12, 'keep'],
  ['an older result is left to the 7 days of the record', attempt(1), running, 1e12, 'keep'],
  ['a folder of an attempt that failed goes at once', attempt(3), running, 0, 'remove'],
  ['a folder of the running attempt stays: its record may be on its way', attempt(4), running, 1e12, 'keep'],
  ['the same folder goes once the attempt has failed', attempt(4), failed, 0, 'remove'],
  ['staging of the running attempt stays however old it is', staging(4), running, 1e12, 'keep'],
  ['staging of an attempt before it goes at once', staging(3), running, 0, 'remove'],
  ['staging beside a committed result goes at once', staging(2), failed, 0, 'remove'],
  ['staging of the newest attempt goes once that has ended', staging(4), failed, 0, 'remove'],
  ['a pending attempt is live too', staging(4), { ...running, status: 'pending' }, 1e12, 'keep'],
  ['staging of an unknown job stays an hour', staging(1), null, STAGING_GRACE_MS, 'keep'],
  ['and then goes', staging(1), null, STAGING_GRACE_MS + 1, 'remove'],
  ['a result of an unknown job stays 7 days', attempt(1), null, UNKNOWN_GRACE_MS, 'keep'],
  ['and then goes', attempt(1), null, UNKNOWN_GRACE_MS + 1, 'remove'],
  [
    'an attempt above the record’s, as after a restored backup, stays 7 days',
    attempt(9),
    failed,
    UNKNOWN_GRACE_MS,
    'keep',
  ],
  ['and then goes', attempt(9), failed, UNKNOWN_GRACE_MS + 1, 'remove'],
  ['staging above the record’s attempt stays an hour', staging(9), failed, STAGING_GRACE_MS, 'keep'],
  ['what somebody began to remove is removed', { kind: 'leaving' }, running, 0, 'remove'],
  ['what has no name of ours is never touched', { kind: 'foreign' }, null, 1e12, 'keep'],
]
for (const [title, kind, job, ageMs, act] of cases) {
  test(`${title} (${kind.kind}, ${act})`, () => {
    const entry = { namespace: 'default', jobId: 'a'.repeat(32), name: 'x', modifiedMs: NOW - ageMs, ...kind }
    assert.equal(fateOf(entry, job, NOW).act, act)
  })
}
