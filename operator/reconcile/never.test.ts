import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { ERRORS, type ErrorCode } from '../../core/errors.ts'
import { isTerminal } from '../../core/lifecycle.ts'
import { observed } from '../../test/operator/any-observed.ts'
import { CLOCKS, ME, NOW } from '../../test/operator/observed.ts'
import { curable } from './retries.ts'
import { decide } from './rules.ts'
import { statusFor } from './status-for.ts'
import type { Action, Decision, Observed, Recorded } from './types.ts'
import { endedByStatus, hasEnded, isCancelled, jobOfAttempt, openRequest } from './view.ts'

type Of<Do extends Action['do']> = Extract<Action, { do: Do }>

interface Never<Do extends Action['do']> {
  readonly what: string
  readonly when: Do | readonly Do[]
  readonly wrong: (action: Of<Do>, seen: Recorded) => boolean
}

const law = <Do extends Action['do']>(
  what: string,
  when: Do | readonly Do[],
  wrong: (action: Of<Do>, seen: Recorded) => boolean,
): Never<Action['do']> => ({ what, when, wrong }) as unknown as Never<Action['do']>

const open = ({ job, attempt }: Recorded) => attempt !== null && !isTerminal(attempt.status) && !isTerminal(job.status)
const mine = ({ job }: Recorded) => job.holderUid === ME
const claimed = (seen: Recorded) => seen.job.status === 'running' || seen.claims.length > 0
const policy = ({ intent }: Recorded) => (intent.is === 'planned' ? intent.run : null)
const age = ({ job }: Recorded) => (job.cancelRequestedAt === null ? -1 : NOW - Date.parse(job.cancelRequestedAt))
const cancels = (seen: Recorded) => isCancelled(seen)
const over = (seen: Recorded) => endedByStatus(seen) && openRequest(seen)?.verb !== 'rerun'
const heldElsewhere = ({ job, sharers }: Recorded) => sharers.some(({ uid }) => uid !== ME && uid === job.holderUid)

/** What must never be asked for, whatever is seen (architecture.md 14, row 8). */
const NEVER: readonly Never<Action['do']>[] = [
  law('a second Job beside a live one of the attempt', 'createJob', ({ attempt }, seen) => {
    const found = jobOfAttempt(seen, attempt)
    return found !== null && !found.gone
  }),
  law(
    'a Job of an attempt that is not open',
    'createJob',
    ({ attempt }, seen) => !open(seen) || seen.job.attempt !== attempt,
  ),
  law('a Job for another holder', 'createJob', (_, seen) => !mine(seen)),
  law('a Job made again for a claimed attempt', ['createJob', 'countJob'], (_, seen) => claimed(seen)),
  law(
    'a Job beside a pod that may still claim',
    ['createJob', 'countJob'],
    ({ attempt }, seen) =>
      seen.jobs.length === 1 &&
      seen.jobs.some((one) => one.attempt === attempt && one.pods.some((left) => !left.gone && left.end === null)),
  ),
  law('a Job without the permit', 'createJob', (_, seen) => !seen.launch.permit),
  law('a Job for what is cancelled', 'createJob', (_, seen) => age(seen) >= 0),
  law(
    'anything computed for a resource that is gone',
    ['createJob', 'openAttempt', 'rerun', 'insertRow'],
    (_, seen) => seen.resource.gone,
  ),
  law('an attempt opened over an open one', 'openAttempt', (_, seen) => open(seen)),
  law(
    'an attempt opened over a cancel',
    'openAttempt',
    ({ from }, { job }) => job.cancelRequestedAt !== null && from === job.attempt,
  ),
  law('an attempt opened in a row that is not pending', 'openAttempt', (_, seen) => seen.job.status !== 'pending'),
  law(
    'an attempt opened without a slot',
    'openAttempt',
    ({ parallelism }, seen) => !seen.resource.queued && parallelism > seen.slots.granted,
  ),
  law('an attempt of no pods', 'openAttempt', ({ parallelism }) => parallelism < 1),
  law('an attempt while suspended', 'openAttempt', (_, seen) => policy(seen)?.suspend !== false),
  law(
    'an attempt before its retry is due',
    'openAttempt',
    (_, { job }) => job.nextAttemptAt !== null && Date.parse(job.nextAttemptAt) > NOW,
  ),
  law('an attempt while the store is full', 'openAttempt', (_, { health }) => health.storageFull !== null),
  law('an attempt under a number that was used', 'openAttempt', ({ atLeast }, { job, jobs, resource }) =>
    [job.attempt, resource.status?.attempt ?? 0, ...jobs.map((one) => one.attempt)].some((used) => used >= atLeast),
  ),
  law('an attempt beside a live holder', ['openAttempt', 'rerun'], (_, seen) => heldElsewhere(seen)),
  law('an attempt of a younger waiter', 'openAttempt', (_, seen) => !mine(seen) && seen.sharers[0]?.uid !== ME),
  law('an attempt for a cancelled resource', ['openAttempt', 'rerun'], (_, seen) => cancels(seen)),
  law('an attempt for a resource that has ended', 'openAttempt', (_, seen) => hasEnded(seen.remembered)),
  law(
    'a run of a terminal resource without a newer request',
    ['openAttempt', 'createJob', 'rerun', 'insertRow'],
    (_, seen) => over(seen) && hasEnded(seen.remembered),
  ),
  law('a re-run of an active row', 'rerun', (_, seen) => !isTerminal(seen.job.status)),
  law(
    'a re-run that was handled',
    'rerun',
    ({ request }, seen) =>
      request !== null &&
      (request === seen.remembered?.handledRequest || request === seen.resource.status?.handledRequest),
  ),
  law(
    'a turn of a resource that has ended',
    'rerun',
    ({ request }, seen) => request === null && hasEnded(seen.remembered),
  ),
  law(
    'a turn over a good result',
    'rerun',
    ({ request }, { job }) => request === null && job.status === 'completed' && job.engineRevision === 1,
  ),
  law('a terminal row settled again', ['settle', 'retry', 'complete', 'suspendRow'], (_, seen) =>
    isTerminal(seen.job.status),
  ),
  law(
    'a row of a live holder settled by another',
    ['settle', 'retry', 'complete', 'suspendRow', 'askCancel'],
    (_, seen) => heldElsewhere(seen),
  ),
  law(
    'a waiting row failed as running',
    'settle',
    ({ how }, { job }) => (how === 'fail' || how === 'lost') && job.status !== 'running',
  ),
  law(
    'a running row failed as waiting',
    'settle',
    ({ how }, { job }) => how === 'failWaiting' && job.status !== 'pending',
  ),
  law(
    'a loss while beats move or cannot be read',
    'settle',
    ({ how }, { beats }) =>
      how === 'lost' && !beats.some(({ stillMs }) => stillMs !== null && stillMs >= CLOCKS.beatLostMs),
  ),
  law(
    'a retry of what no retry can cure',
    'retry',
    ({ failure }, seen) => !curable(failure.errorClass as ErrorCode, policy(seen)?.workerLossPolicy ?? 'fail'),
  ),
  law('more retries than allowed', 'retry', (_, seen) => seen.job.retryCount >= (policy(seen)?.retryLimit ?? 0)),
  law('a retry of what is to be cancelled', 'retry', (_, seen) => age(seen) >= 0),
  law(
    'a class that is none',
    ['settle', 'retry'],
    ({ failure }) => !Object.hasOwn(ERRORS, failure.errorClass) && failure.errorClass !== 'ResourceDeleted',
  ),
  law(
    'a result recorded under a claim that does not hold',
    'complete',
    ({ termination }, seen) => !seen.claims.some(({ podUid }) => podUid === termination.podUid),
  ),
  law('an end noted twice', 'finish', (_, seen) => hasEnded(seen.remembered)),
  law(
    'a completion that is none',
    'finish',
    ({ outcome }, seen) => outcome === 'completed' && !(seen.job.status === 'completed' && mine(seen)),
  ),
  law(
    'the result of another engine reused',
    'finish',
    ({ outcome }, { job }) => outcome === 'reused' && !(job.status === 'completed' && job.engineRevision === 1),
  ),
  law(
    'an end noted while its own attempt is open',
    'finish',
    ({ outcome }, seen) => outcome !== 'record_lost' && open(seen) && mine(seen),
  ),
  law(
    'a Job of the open attempt deleted, but by a cancel of 10 s',
    'deleteJob',
    ({ uid }, seen) =>
      open(seen) && mine(seen) && uid === `job-${seen.job.attempt}` && age(seen) < CLOCKS.cancelDeleteMs,
  ),
  law('pods forced before 20 s', 'forcePods', (_, seen) => age(seen) < CLOCKS.cancelForceMs),
  law(
    'a time to live for a Job whose end is not recorded',
    'setJobTtl',
    ({ uid }, seen) => open(seen) && uid === `job-${seen.job.attempt}`,
  ),
  law(
    'a time to live for a Job that runs',
    'setJobTtl',
    ({ uid }, { jobs }) => !jobs.some((one) => one.uid === uid && one.finished !== null),
  ),
  law("the queue's own field written", ['suspendJob', 'resumeJob'], ({ uid }, { jobs }) =>
    jobs.every((one) => one.uid !== uid || one.queued),
  ),
  law(
    'a Job gone on with without a slot',
    'resumeJob',
    (_, seen) => seen.slots.granted < (seen.attempt?.parallelism ?? 1),
  ),
  law('a Job put aside that runs', 'suspendJob', (_, seen) => seen.job.status === 'running'),
  law('a cancel asked of what is not running for it', 'askCancel', (_, seen) => !open(seen) || !mine(seen)),
  law(
    'a request answered twice',
    ['handle', 'askCancel', 'reopen'],
    ({ request }, seen) =>
      request !== null &&
      (request === seen.remembered?.handledRequest || request === seen.resource.status?.handledRequest),
  ),
]

const RUNS = 30_000

test('whatever is seen, nothing is asked for that must never be', () => {
  const seenActions = new Set<string>()
  fc.assert(
    fc.property(observed, (seen) => {
      const { action } = decide(seen, CLOCKS)
      if (action === null) return
      seenActions.add(action.do)
      if (seen.record !== 'row') return
      for (const { what, when, wrong } of NEVER) {
        const speaks = typeof when === 'string' ? when === action.do : when.includes(action.do)
        assert.ok(!(speaks && wrong(action as never, seen)), `${what}: ${JSON.stringify(action)}`)
      }
    }),
    { numRuns: RUNS },
  )
  assert.equal(seenActions.size, 21, `too few kinds of action were seen: ${[...seenActions].join(', ')}`)
})

test('whatever is seen, some row answers, and only an end, a person or another job is waited for for good', () => {
  fc.assert(
    fc.property(observed, (seen) => {
      const decision = decide(seen, CLOCKS)
      assert.notEqual(decision.rule, 'none')
      if (decision.action !== null) assert.equal(decision.afterMs, 0)
      else if (decision.afterMs === null) assert.ok(mayRest(seen, decision), decision.rule)
      else assert.ok(decision.afterMs >= 0 && decision.afterMs <= 900_000, `${decision.afterMs}`)
    }),
    { numRuns: RUNS },
  )
})

/** Who waits for another job, or for its places, is called when that ends. */
const RESTING = ['expired', 'over', 'hold', 'wait-attempt']

function mayRest(seen: Observed, { rule }: Decision): boolean {
  if (seen.record === 'unreadable') return false
  const suspended = seen.intent.is === 'planned' && seen.intent.run.suspend
  return seen.resource.gone || hasEnded(seen.remembered) || suspended || RESTING.includes(rule)
}

test('whatever is seen, the same is decided twice', () => {
  fc.assert(
    fc.property(observed, (seen) => assert.deepEqual(decide(seen, CLOCKS), decide(seen, CLOCKS))),
    { numRuns: 1_000 },
  )
})

test('whatever is seen, a status shows an end only where the record has noted it, or where it stood already', () => {
  fc.assert(
    fc.property(observed, (seen) => {
      const status = statusFor(seen, CLOCKS)
      const phase = status.phase ?? 'Pending'
      if (!['Completed', 'Failed', 'Cancelled'].includes(phase) || seen.record === 'unreadable') return
      assert.ok(hasEnded(seen.remembered) || phase === seen.resource.status?.phase)
    }),
    { numRuns: RUNS / 10 },
  )
})
