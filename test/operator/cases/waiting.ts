import { at, JOB_ID, job, OTHER_SHARER, planned, remembered, unrecorded, waiting, withResource } from '../observed.ts'
import { asked, CANCEL, type Case, INVALID, over, RERUN, RETRYING, retrying } from './given.ts'

export const BEFORE: readonly Case[] = [
  ['nothing is decided while the record is out of reach', { ...waiting, record: 'unreadable' }, 'blind', null],
  ['a resource that is new is remembered', { ...unrecorded, remembered: null }, 'remember', { do: 'remember' }],
  [
    'a resource whose job id has become known is remembered with it',
    { ...unrecorded, remembered: remembered({ jobId: null }) },
    'remember',
    { do: 'remember' },
  ],
  ['a remembered resource gets its row', unrecorded, 'record', { do: 'insertRow' }],
  [
    'an invalid resource ends with its code and gets no row',
    { ...unrecorded, intent: INVALID },
    'refuse',
    { do: 'finish', outcome: 'unknown_alpha' },
  ],
  [
    'an inline source is made before anything else',
    { ...unrecorded, intent: { is: 'sourceless', suspended: false } },
    'source',
    { do: 'createSource' },
  ],
  [
    'but not while the MonteCarlo is suspended',
    { ...unrecorded, intent: { is: 'sourceless', suspended: true } },
    'wait-source',
    null,
  ],
  [
    'a MonteCarlo waits for its source',
    { ...unrecorded, intent: { is: 'waiting', reason: 'SourcePending', message: '' } },
    'wait-source',
    null,
  ],
  [
    'a MonteCarlo whose source failed fails',
    { ...unrecorded, intent: { is: 'invalid', code: 'source_failed', message: 'x' } },
    'refuse',
    { do: 'finish', outcome: 'source_failed' },
  ],
  [
    'a resource that is cancelled before it is recorded ends at once',
    asked(unrecorded, CANCEL),
    'cancel',
    { do: 'finish', outcome: 'cancelled' },
  ],
  [
    'a re-run asked of what is about to run for the first time is answered by that',
    asked(unrecorded, RERUN),
    'absorb',
    { do: 'handle', request: RERUN },
  ],
  [
    'a resource that is gone before it was remembered leaves nothing behind',
    withResource({ ...unrecorded, remembered: null }, { gone: true }),
    'forget',
    null,
  ],
  ['a resource that is gone is marked so', withResource(unrecorded, { gone: true }), 'bury', { do: 'markGone' }],
  [
    'a resource that is gone and marked is forgotten',
    withResource({ ...unrecorded, remembered: remembered({ goneAt: at(0) }) }, { gone: true }),
    'forget',
    null,
  ],
  [
    'an invalid resource that has ended stays as it is',
    { ...unrecorded, intent: INVALID, remembered: remembered({ ...over, outcome: 'unknown_alpha' }) },
    'settled',
    null,
  ],
  [
    'an invalid resource is looked at again when a re-run is asked for',
    asked({ ...unrecorded, intent: INVALID, remembered: remembered({ ...over, outcome: 'unknown_alpha' }) }, RERUN),
    'reopen',
    { do: 'reopen', request: RERUN },
  ],
  [
    'a cancel of what has ended is noted as handled',
    asked({ ...unrecorded, remembered: remembered(over) }, CANCEL),
    'cancel-late',
    { do: 'handle', request: CANCEL },
  ],
  [
    'a completed resource whose record retention removed never runs again by itself',
    withResource({ ...unrecorded, remembered: null }, { status: { phase: 'Completed', jobId: JOB_ID } }),
    'expired',
    null,
  ],
  [
    'its finished Job may go',
    withResource(
      { ...unrecorded, remembered: null, jobs: [job({ finished: 'complete' })] },
      { status: { phase: 'Completed', jobId: JOB_ID } },
    ),
    'tidy-expired',
    { do: 'setJobTtl', seconds: 86_400 },
  ],
  [
    'with a newer request it is remembered, and so runs again',
    withResource(
      { ...unrecorded, remembered: null },
      { status: { phase: 'Completed', jobId: JOB_ID }, request: RERUN },
    ),
    'remember',
    { do: 'remember' },
  ],
  [
    'once that request is taken up its old end no longer counts',
    withResource(
      { ...unrecorded, remembered: remembered({ handledRequest: RERUN }) },
      { status: { phase: 'Completed', jobId: JOB_ID }, request: RERUN },
    ),
    'record',
    { do: 'insertRow' },
  ],
]

export const ADMITTING: readonly Case[] = [
  [
    'a recorded job with a free slot opens its first attempt',
    waiting,
    'open',
    { do: 'openAttempt', from: 0, atLeast: 1, cause: 'first', parallelism: 1 },
  ],
  [
    'an attempt number lies above the status and the labels of Jobs that live',
    withResource(
      { ...waiting, jobs: [job({ attempt: 4, finished: 'failed', hasTtl: true })] },
      {
        status: { jobId: JOB_ID, attempt: 6 },
      },
    ),
    'open',
    { do: 'openAttempt', from: 0, atLeast: 7 },
  ],
  [
    'the status names the job before an attempt is opened',
    withResource(waiting, { status: { observedGeneration: -1 } }),
    'pin',
    null,
  ],
  ['a job without a free slot waits', { ...waiting, slots: { granted: 0, why: 'full' } }, 'hold', null],
  ['a suspended job is not admitted', { ...waiting, intent: planned({ suspend: true }) }, 'hold', null],
  [
    'nothing is admitted while the store is full',
    { ...waiting, health: { redisLost: false, storageFull: '95 %' } },
    'hold',
    null,
  ],
  [
    'a parallel job starts with the slots there are',
    { ...waiting, intent: planned({}, 4), slots: { granted: 2, why: '' } },
    'open',
    { do: 'openAttempt', parallelism: 2 },
  ],
  [
    'a parallel job never takes more than it wants',
    { ...waiting, intent: planned({}, 2), slots: { granted: 5, why: '' } },
    'open',
    { do: 'openAttempt', parallelism: 2 },
  ],
  [
    'a job of a cluster queue needs no slot',
    withResource({ ...waiting, intent: planned({}, 4), slots: { granted: 0, why: 'full' } }, { queued: true }),
    'open',
    { do: 'openAttempt', parallelism: 4 },
  ],
  ['a retry waits for its time', retrying, 'hold', null],
  [
    'a retry whose time has come opens the next attempt',
    { ...retrying, job: { ...RETRYING, nextAttemptAt: at(1) } },
    'open',
    { do: 'openAttempt', from: 1, atLeast: 2, cause: 'retry' },
  ],
  [
    'a re-run that waits is told from a retry',
    { ...retrying, job: { ...RETRYING, retryCount: 0, nextAttemptAt: null, holderUid: null } },
    'open',
    { do: 'openAttempt', cause: 'rerun' },
  ],
  [
    'a spec that can no longer be read ends the resource',
    { ...waiting, intent: INVALID },
    'refuse',
    { do: 'finish', outcome: 'unknown_alpha' },
  ],
  [
    'its row ends with it',
    { ...waiting, intent: INVALID, remembered: remembered({ ...over, outcome: 'unknown_alpha' }), sharers: [] },
    'drop',
    {
      do: 'settle',
      how: 'failWaiting',
      failure: { errorClass: 'unknown_alpha', message: 'it cannot be computed as asked' },
    },
  ],
  [
    'a plan that cannot be made now is waited for',
    { ...waiting, intent: { is: 'waiting', reason: 'CatalogueUnavailable', message: '' } },
    'wait-plan',
    null,
  ],
  [
    'a row that another resource made is joined',
    { ...waiting, remembered: null, sharers: [OTHER_SHARER] },
    'remember',
    { do: 'remember' },
  ],
  [
    'a re-run asked of a job that waits is answered by its run',
    asked(waiting, RERUN),
    'absorb',
    { do: 'handle', request: RERUN },
  ],
]
