import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { decodeTermination, encodeTermination, type Termination } from '../../core/process/termination.ts'
import {
  at,
  attempt,
  CLOCKS,
  claim,
  ended,
  JOB_ID,
  job,
  ME,
  NOW,
  OTHER,
  OTHER_SHARER,
  opened,
  planned,
  pod,
  remembered,
  row,
  running,
  SHARER,
  unrecorded,
  waiting,
  withResource,
} from '../../test/operator/observed.ts'
import { decide, RULES, type Tables } from './rules.ts'
import type { Action, Decision, Observed, Recorded } from './types.ts'

type Case = readonly [title: string, seen: Observed, rule: string, action: Partial<Action> | null]

const CANCEL = 'cancel-20261123t120000z'
const RERUN = 'rerun-20261123t120000z'
const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const INVALID = { is: 'invalid', code: 'unknown_alpha', message: 'alpha "momentun" is not known' } as const
const asked = <S extends Observed>(seen: S, request: string) => withResource(seen, { request })
const cancelled = (agoMs: number, seen: Recorded = running): Recorded => ({
  ...seen,
  job: { ...seen.job, cancelRequestedAt: at(agoMs), cancelRequestedBy: 'ada' },
})
const RETRYING = row({
  attempt: 1,
  holderUid: ME,
  retryCount: 1,
  nextAttemptAt: at(-40 * SECOND),
  errorClass: 'evicted',
  errorMessage: 'node-a',
})
const FAILED_ATTEMPT = attempt({ status: 'failed', startedAt: at(90_000), completedAt: at(80_000) })
const retrying: Recorded = { ...waiting, job: RETRYING, attempt: FAILED_ATTEMPT }
const held: Recorded = {
  ...running,
  job: { ...running.job, holderUid: OTHER },
  sharers: [OTHER_SHARER, SHARER],
  jobs: [],
}
const over = { finishedAt: at(1_000), outcome: 'completed' } as const

const BEFORE: readonly Case[] = [
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

const ADMITTING: readonly Case[] = [
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

const SHARING: readonly Case[] = [
  ['a resource waits while another one computes the same', held, 'wait-attempt', null],
  ['it waits for the end of an attempt whose resource is gone', { ...held, sharers: [SHARER] }, 'wait-attempt', null],
  [
    'it waits while the retry of another one waits',
    { ...held, attempt: FAILED_ATTEMPT, job: { ...RETRYING, holderUid: OTHER }, claims: [] },
    'hold',
    null,
  ],
  ['the older of two that wait goes first', { ...waiting, sharers: [OTHER_SHARER, SHARER] }, 'hold', null],
  [
    'an older one that is suspended lets the younger one go first',
    { ...waiting, sharers: [{ ...OTHER_SHARER, suspended: true }, SHARER] },
    'open',
    { do: 'openAttempt' },
  ],
  [
    'a waiter takes the result of the holder',
    { ...ended('completed', { holderUid: OTHER }), sharers: [SHARER] },
    'reuse',
    { do: 'finish', outcome: 'reused' },
  ],
  [
    'a result of another engine revision is computed again',
    { ...ended('completed', { holderUid: OTHER, engineRevision: 7 }), sharers: [SHARER] },
    'turn',
    { do: 'rerun', attempt: 1, request: null },
  ],
  [
    'a waiter gets its turn once the holder has failed and its end is noted',
    { ...ended('failed', { holderUid: OTHER }), sharers: [SHARER] },
    'turn',
    { do: 'rerun', attempt: 1, request: null },
  ],
  [
    'not before the end of the holder is noted',
    { ...ended('failed', { holderUid: OTHER }), sharers: [OTHER_SHARER, SHARER] },
    'hold',
    null,
  ],
  [
    'the younger of two waiters lets the older one have its turn',
    { ...ended('failed', { holderUid: null }), sharers: [OTHER_SHARER, SHARER] },
    'hold',
    null,
  ],
  [
    'a suspended waiter takes no turn',
    { ...ended('failed', { holderUid: OTHER }), intent: planned({ suspend: true }), sharers: [SHARER] },
    'hold',
    null,
  ],
  [
    'a cancel of a waiter ends the waiter alone',
    asked(held, CANCEL),
    'step-back',
    { do: 'finish', outcome: 'cancelled' },
  ],
  [
    'a waiter that was cancelled leaves the row to its holder',
    asked({ ...held, remembered: remembered({ ...over, outcome: 'cancelled', handledRequest: CANCEL }) }, CANCEL),
    'settled',
    null,
  ],
  [
    'a waiter that is gone leaves the row to its holder',
    withResource(held, { gone: true }),
    'bury',
    { do: 'markGone' },
  ],
]

const STARTING: readonly Case[] = [
  ['an opened attempt gets its Job', opened, 'start', { do: 'createJob', attempt: 1 }],
  [
    'a Job that may have been there is counted before it is made again',
    { ...opened, launch: { ...opened.launch, permit: false } },
    'count',
    { do: 'countJob', attempt: 1 },
  ],
  [
    'no Job is made again while a pod of the deleted one may still claim',
    {
      ...opened,
      launch: { ...opened.launch, permit: false },
      jobs: [job({ gone: true, pods: [pod({ deleting: true })] })],
    },
    'leaving',
    null,
  ],
  [
    'a fourth Job of an attempt is the last one',
    { ...opened, launch: { ...opened.launch, permit: false, made: 4 } },
    'given-up',
    { do: 'retry', delayMs: MINUTE },
  ],
  [
    'a claimed attempt whose Job is gone is never given another one',
    { ...running, jobs: [] },
    'judge',
    { do: 'retry', attempt: 1 },
  ],
  [
    'a name that belongs to another owner ends the job',
    { ...opened, launch: { ...opened.launch, conflict: 'Job x belongs to Deployment y' } },
    'name-conflict',
    { do: 'settle', how: 'failWaiting' },
  ],
  [
    'a Job that the quota refuses is tried again later',
    {
      ...opened,
      launch: { ...opened.launch, refused: { reason: 'QuotaExceeded', message: '', at: NOW - 20 * SECOND } },
    },
    'refused',
    null,
  ],
  [
    'and again after half a minute',
    {
      ...opened,
      launch: { ...opened.launch, refused: { reason: 'QuotaExceeded', message: '', at: NOW - 31 * SECOND } },
    },
    'start',
    { do: 'createJob' },
  ],
  ['a Job whose pod starts is watched', starting(pod({ phase: 'Pending' })), 'watch', null],
  [
    'a pod without its Secret gives its slot back',
    starting(pod({ phase: 'Pending', waiting: { reason: 'CreateContainerConfigError', message: 'no secret' } })),
    'give-back',
    { do: 'suspendJob', uid: 'job-1' },
  ],
  [
    'a Job that was put aside rests half a minute',
    { ...opened, jobs: [job({ suspended: true, suspendedAt: NOW - 10 * SECOND })] },
    'take-back',
    null,
  ],
  [
    'from when its controller says that it is suspended',
    { ...opened, jobs: [job({ suspended: true, suspendedAt: null })] },
    'take-back',
    null,
  ],
  [
    'then it goes on where a slot is free',
    { ...opened, jobs: [job({ suspended: true, suspendedAt: NOW - 31 * SECOND })] },
    'take-back',
    { do: 'resumeJob' },
  ],
  [
    'and waits where none is',
    { ...opened, jobs: [job({ suspended: true, suspendedAt: NOW - HOUR })], slots: { granted: 0, why: '' } },
    'take-back',
    null,
  ],
  [
    'a Job that a cluster queue suspended is left to the queue',
    { ...opened, jobs: [job({ suspended: true, suspendedAt: NOW - HOUR, queued: true })] },
    'watch',
    null,
  ],
  [
    'a running attempt that the queue suspends goes back to waiting',
    { ...running, jobs: [job({ suspended: true, queued: true })] },
    'suspended-by-queue',
    { do: 'suspendRow', attempt: 1 },
  ],
  [
    'the end of a pod that the queue stopped is no end of the attempt',
    {
      ...opened,
      claims: [claim()],
      jobs: [job({ queued: true, startedAt: NOW - 5 * SECOND, pods: [pod({ gone: true, end: exit(143) })] })],
    },
    'watch',
    null,
  ],
  [
    'an image that cannot be pulled for a while is waited for',
    starting(
      pod({ phase: 'Pending', createdAt: NOW - 14 * MINUTE, waiting: { reason: 'ImagePullBackOff', message: '' } }),
      14 * MINUTE,
    ),
    'watch',
    null,
  ],
  [
    'after a quarter of an hour the attempt fails and is tried again',
    starting(
      pod({ phase: 'Pending', createdAt: NOW - 15 * MINUTE, waiting: { reason: 'ImagePullBackOff', message: '' } }),
      15 * MINUTE,
    ),
    'image-pull',
    {
      do: 'retry',
      failure: {
        errorClass: 'image_pull',
        message: 'the image cannot be pulled: ',
        exitCode: null,
        peakMemoryBytes: null,
      },
    },
  ],
  [
    'an attempt that found no node for a day fails for good',
    starting(pod({ phase: 'Pending', node: null, unschedulable: '0/3 nodes' }), 24 * HOUR),
    'unstarted',
    {
      do: 'settle',
      how: 'failWaiting',
      failure: {
        errorClass: 'unschedulable',
        message: 'not started in 24 h: 0/3 nodes',
        exitCode: null,
        peakMemoryBytes: null,
      },
    },
  ],
]

const RUNNING: readonly Case[] = [
  ['a running attempt is watched', running, 'watch', null],
  [
    'beats that stand still for 30 s are a loss',
    { ...running, beats: [{ index: 0, podUid: 'pod-1', stillMs: 30 * SECOND, idleMs: null }] },
    'lost',
    { do: 'settle', how: 'lost' },
  ],
  [
    'beats that stand still for less are none',
    { ...running, beats: [{ index: 0, podUid: 'pod-1', stillMs: 29_999, idleMs: null }] },
    'watch',
    null,
  ],
  [
    'beats that cannot be read are not still',
    { ...running, beats: [{ index: 0, podUid: 'pod-1', stillMs: null, idleMs: null }] },
    'watch',
    null,
  ],
  [
    'a lost worker is tried again where its policy says so',
    {
      ...running,
      intent: planned({ workerLossPolicy: 'retry' }),
      beats: [{ index: 0, podUid: 'pod-1', stillMs: MINUTE, idleMs: null }],
    },
    'lost',
    { do: 'retry', delayMs: MINUTE },
  ],
  [
    'an index that has done its units beats no more, and rightly',
    {
      ...running,
      jobs: [job({ parallelism: 2, doneIndexes: [0], pods: [pod({ phase: 'Succeeded', end: exit(0) })] })],
      attempt: attempt({ status: 'running', parallelism: 2 }),
      beats: [{ index: 0, podUid: 'pod-1', stillMs: MINUTE, idleMs: null }],
    },
    'watch',
    null,
  ],
  [
    'a result in place whose record is pending is recorded',
    { ...running, jobs: [job({ finished: 'failed', pods: [pod({ phase: 'Failed', end: exit(75, 'completed') })] })] },
    'judge',
    { do: 'complete' },
  ],
  [
    'a failure that the runner could not record is recorded in its words',
    { ...running, jobs: [job({ pods: [pod({ phase: 'Failed', end: exit(70, 'failed') })] })] },
    'judge',
    {
      do: 'settle',
      how: 'fail',
      failure: { errorClass: 'engine_error', message: 'the engine said so', exitCode: 70, peakMemoryBytes: null },
    },
  ],
  [
    'an evicted attempt is tried again after a minute',
    {
      ...running,
      jobs: [job({ pods: [pod({ phase: 'Failed', disruption: 'EvictionByEvictionAPI', end: exit(143) })] })],
    },
    'judge',
    { do: 'retry', delayMs: MINUTE },
  ],
  [
    'the second retry waits five minutes',
    {
      ...running,
      job: { ...running.job, retryCount: 1 },
      jobs: [job({ pods: [pod({ phase: 'Failed', disruption: 'EvictionByEvictionAPI', end: exit(143) })] })],
    },
    'judge',
    { do: 'retry', delayMs: 5 * MINUTE },
  ],
  [
    'after the last retry the job has failed',
    {
      ...running,
      job: { ...running.job, retryCount: 3 },
      jobs: [job({ pods: [pod({ phase: 'Failed', disruption: 'EvictionByEvictionAPI', end: exit(143) })] })],
    },
    'judge',
    { do: 'settle', how: 'fail' },
  ],
  [
    'a deleted resource takes its job along',
    withResource(running, { gone: true }),
    'abandon',
    {
      do: 'settle',
      how: 'cancel',
      failure: { errorClass: 'ResourceDeleted', message: 'Backtest momentum-2015 was deleted' },
    },
  ],
  [
    'a deleted resource that waited takes the row along',
    withResource(waiting, { gone: true }),
    'abandon',
    { do: 'settle', how: 'cancel' },
  ],
  [
    'unless another one wants it too',
    withResource({ ...waiting, sharers: [SHARER, OTHER_SHARER] }, { gone: true }),
    'bury',
    { do: 'markGone' },
  ],
  [
    'a deleted holder is marked once its row has ended',
    withResource(ended('cancelled'), { gone: true }),
    'bury',
    { do: 'markGone' },
  ],
  [
    'and forgotten then',
    withResource({ ...ended('cancelled'), remembered: remembered({ goneAt: at(1) }) }, { gone: true }),
    'forget',
    null,
  ],
  ['a re-run asked of a running job waits until it has ended', asked(running, RERUN), 'watch', null],
]

const CANCELLING: readonly Case[] = [
  [
    'a cancel of a running job marks row and flag',
    asked(running, CANCEL),
    'ask-cancel',
    { do: 'askCancel', request: CANCEL },
  ],
  [
    'a job that no pod has claimed is cancelled at once',
    cancelled(1, { ...opened, jobs: [job()] }),
    'cancel-waiting',
    { do: 'settle', how: 'cancel', failure: { errorClass: 'cancelled', message: 'cancelled by ada', exitCode: null } },
  ],
  ['a running one gets ten seconds to end by itself', cancelled(9 * SECOND), 'cancelling', null],
  ['after 10 s its Job is deleted', cancelled(10 * SECOND), 'cancel-delete', { do: 'deleteJob', uid: 'job-1' }],
  [
    'once, not again and again',
    cancelled(12 * SECOND, { ...running, jobs: [job({ deleting: true, pods: [pod({ deleting: true })] })] }),
    'cancelling',
    null,
  ],
  [
    'after 20 s its pods are forced away',
    cancelled(20 * SECOND, { ...running, jobs: [job({ deleting: true, pods: [pod({ deleting: true })] })] }),
    'cancel-force',
    { do: 'forcePods', pods: [{ name: pod().name, uid: 'pod-1' }] },
  ],
  [
    'also once',
    cancelled(21 * SECOND, {
      ...running,
      jobs: [job({ deleting: true, pods: [pod({ deleting: true, forced: true })] })],
    }),
    'cancelling',
    null,
  ],
  [
    'after 25 s the row is cancelled, whatever the cluster does',
    cancelled(25 * SECOND),
    'cancel-settle',
    { do: 'settle', how: 'cancel', attempt: 1 },
  ],
  [
    'a pod that has ended ends the cancelled attempt at once',
    cancelled(2 * SECOND, {
      ...running,
      jobs: [job({ pods: [pod({ phase: 'Failed', end: exit(77, 'cancelled') })] })],
    }),
    'cancel-judge',
    { do: 'settle', how: 'cancel' },
  ],
  [
    'however it ended',
    cancelled(2 * SECOND, {
      ...running,
      jobs: [job({ pods: [pod({ phase: 'Failed', end: { ...exit(137), reason: 'OOMKilled' } })] })],
    }),
    'cancel-judge',
    { do: 'settle', how: 'cancel' },
  ],
  [
    'a result that was in place before is recorded all the same',
    cancelled(26 * SECOND, {
      ...running,
      jobs: [job({ pods: [pod({ phase: 'Failed', end: exit(75, 'completed') })] })],
    }),
    'cancel-judge',
    { do: 'complete' },
  ],
  [
    'a job that waits for its slot is cancelled without a row of its own being asked',
    asked(waiting, CANCEL),
    'step-back',
    { do: 'finish', outcome: 'cancelled' },
  ],
  [
    'a job that was cancelled in its row before an attempt ends too',
    cancelled(1, waiting),
    'step-back',
    { do: 'finish', outcome: 'cancelled' },
  ],
  [
    'a source whose MonteCarlo was cancelled while it runs is cancelled with it',
    withResource(running, { abandoned: true }),
    'ask-cancel',
    { do: 'askCancel', request: null },
  ],
  ['once', withResource(cancelled(1), { abandoned: true }), 'cancelling', null],
  [
    'while it waits too',
    withResource(waiting, { abandoned: true }),
    'step-back',
    { do: 'finish', outcome: 'cancelled' },
  ],
  [
    'before it is recorded too',
    withResource(unrecorded, { abandoned: true }),
    'cancel',
    { do: 'finish', outcome: 'cancelled' },
  ],
  ['unless somebody asks for it itself', asked(withResource(running, { abandoned: true }), RERUN), 'watch', null],
  [
    'a retry that waits is cancelled the same way',
    asked(retrying, CANCEL),
    'step-back',
    { do: 'finish', outcome: 'cancelled' },
  ],
  [
    'and its row with it',
    asked({ ...retrying, remembered: remembered({ ...over, outcome: 'cancelled' }), sharers: [] }, CANCEL),
    'drop',
    { do: 'settle', how: 'cancel' },
  ],
  [
    'a row that others want too is left to them',
    asked({ ...waiting, remembered: remembered({ ...over, outcome: 'cancelled' }), sharers: [OTHER_SHARER] }, CANCEL),
    'answer-late',
    { do: 'handle', request: CANCEL },
  ],
  [
    'a cancelled resource never takes a turn, also when its label is long handled',
    asked({ ...ended('cancelled', { holderUid: null }), remembered: remembered({ handledRequest: CANCEL }) }, CANCEL),
    'step-back',
    { do: 'finish', outcome: 'cancelled' },
  ],
]

const ENDED: readonly Case[] = [
  ['a completed job ends its holder', ended('completed'), 'finish', { do: 'finish', outcome: 'completed' }],
  ['a failed job ends its holder with its code', ended('failed'), 'finish', { do: 'finish', outcome: 'engine_error' }],
  ['a cancelled job ends its holder', ended('cancelled'), 'finish', { do: 'finish', outcome: 'cancelled' }],
  [
    'a cancel that came too late leaves the result',
    asked(ended('completed'), CANCEL),
    'finish',
    { do: 'finish', outcome: 'completed' },
  ],
  [
    'and is noted as handled',
    asked({ ...ended('completed'), remembered: remembered(over) }, CANCEL),
    'answer-late',
    { do: 'handle', request: CANCEL },
  ],
  ['what has ended is left alone', { ...ended('completed'), remembered: remembered(over) }, 'settled', null],
  [
    'a re-run of what has ended takes the row back',
    asked({ ...ended('failed'), remembered: remembered({ ...over, outcome: 'engine_error' }) }, RERUN),
    'rerun',
    { do: 'rerun', attempt: 1, request: RERUN },
  ],
  [
    'a re-run that was taken up is not taken up twice',
    asked({ ...ended('failed'), remembered: remembered({ ...over, handledRequest: RERUN }) }, RERUN),
    'settled',
    null,
  ],
  [
    'a re-run while another resource computes the same waits for its end',
    asked({ ...held, remembered: remembered(over), sharers: [OTHER_SHARER] }, RERUN),
    'answer-late',
    null,
  ],
  [
    'a re-run does not take the row from a holder whose end is not noted yet',
    asked({ ...ended('failed', { holderUid: OTHER }), remembered: remembered(over), sharers: [OTHER_SHARER] }, RERUN),
    'rerun',
    null,
  ],
  [
    'a finished Job may go once its end is recorded',
    { ...ended('completed'), remembered: remembered(over), jobs: [job({ finished: 'complete' })] },
    'set-ttl',
    { do: 'setJobTtl', seconds: 86_400 },
  ],
  [
    'not again and again',
    { ...ended('completed'), remembered: remembered(over), jobs: [job({ finished: 'complete', hasTtl: true })] },
    'settled',
    null,
  ],
  [
    'a Job that runs on is given time to end by itself',
    { ...ended('failed'), remembered: remembered(over), jobs: [job({ pods: [pod()] })] },
    'settled',
    null,
  ],
  [
    'then it is deleted',
    {
      ...ended('failed'),
      remembered: remembered(over),
      attempt: attempt({ status: 'failed', startedAt: at(MINUTE), completedAt: at(16 * SECOND) }),
      jobs: [job({ pods: [pod()] })],
    },
    'delete-straggler',
    { do: 'deleteJob', uid: 'job-1' },
  ],
  [
    'a Job of an attempt that nobody claimed is deleted at once',
    {
      ...ended('cancelled'),
      remembered: remembered({ ...over, outcome: 'cancelled' }),
      attempt: attempt({ status: 'cancelled', startedAt: null, completedAt: at(100) }),
      jobs: [job({ pods: [pod({ phase: 'Pending' })] })],
    },
    'delete-straggler',
    { do: 'deleteJob' },
  ],
  [
    'a Job of an older attempt is deleted while the next one runs',
    { ...running, jobs: [job({ attempt: 0, uid: 'old' }), job({ pods: [pod()] })] },
    'delete-straggler',
    { do: 'deleteJob', uid: 'old' },
  ],
  [
    'a resource that had ended before the record was restored stays ended',
    withResource(running, { status: { phase: 'Completed', jobId: JOB_ID } }),
    'restored',
    { do: 'finish', outcome: 'record_lost' },
  ],
  [
    'and its row is ended',
    withResource(
      { ...running, remembered: remembered({ ...over, outcome: 'record_lost' }), sharers: [] },
      { status: { phase: 'Completed', jobId: JOB_ID } },
    ),
    'drop',
    { do: 'settle', how: 'fail' },
  ],
  [
    'a resource that ended, whose record is gone, does not join the row of another one',
    withResource(
      { ...held, remembered: null, sharers: [OTHER_SHARER] },
      { status: { phase: 'Completed', jobId: JOB_ID } },
    ),
    'over',
    null,
  ],
]

const CASES = [...BEFORE, ...ADMITTING, ...SHARING, ...STARTING, ...RUNNING, ...CANCELLING, ...ENDED]

for (const [title, seen, rule, action] of CASES) {
  test(title, () => {
    const decision = decide(seen, CLOCKS)
    assert.equal(decision.rule, rule)
    if (action === null) assert.equal(decision.action, null)
    else assert.deepEqual({ ...decision.action, ...action }, decision.action)
  })
}

const ALL_ROWS = [...RULES.none.map((row) => ['none', row] as const), ...RULES.row.map((row) => ['row', row] as const)]

for (const [table, off] of ALL_ROWS) {
  test(`row ${off.name} of table ${table} is needed: without it something else would be done`, () => {
    const without = { ...RULES, [table]: (RULES[table] as readonly unknown[]).filter((row) => row !== off) } as Tables
    const does = ({ action, afterMs }: Decision) => JSON.stringify({ action, afterMs })
    const changed = CASES.some(([, seen]) => does(decide(seen, CLOCKS)) !== does(decide(seen, CLOCKS, without)))
    assert.ok(changed, 'no case notices')
  })
}

test('a label that is no request asks for nothing', () => {
  for (const label of ['cancel', 'stop-now', 'rerun-', 'CANCEL-1', 'cancel-ü']) {
    assert.equal(decide(asked(running, label), CLOCKS).rule, 'watch')
  }
})

test('a result is recorded only under the claim that holds', () => {
  const displaced = { ...running, claims: [claim({ podUid: 'pod-2' })] }
  const jobs = [job({ pods: [pod({ phase: 'Failed', end: exit(75, 'completed') })] })]
  assert.equal(decide({ ...displaced, jobs }, CLOCKS).rule, 'watch')
})

test('each mark of the cancel clock is waited for to the millisecond', () => {
  const waits = [3_000, 14_000, 22_000].map((age) => {
    const jobs = [job({ deleting: true, pods: [pod({ deleting: true, forced: true })] })]
    return decide(cancelled(age, { ...running, jobs }), CLOCKS).afterMs
  })
  assert.deepEqual(waits, [7_000, 6_000, 3_000])
})

test('a running attempt is looked at every five seconds', () => {
  assert.equal(decide(running, CLOCKS).afterMs, 5_000)
})

test('every action is followed by another look at once', () => {
  assert.equal(decide(waiting, CLOCKS).afterMs, 0)
})

/** Attempt 1 has its Job, whose pod has not been claimed; opened that long ago. */
function starting(one: ReturnType<typeof pod>, openedAgo = 30_000): Recorded {
  return {
    ...opened,
    attempt: attempt({ openedAt: at(openedAgo) }),
    jobs: [job({ createdAt: NOW - openedAgo, startedAt: NOW - openedAgo, pods: [one] })],
  }
}

/** The end of a container, with last words where there are any. */
function exit(exitCode: number, outcome?: Termination['outcome']) {
  return { exitCode, reason: 'Error', termination: outcome === undefined ? null : lastWords(outcome) }
}

function lastWords(outcome: Termination['outcome']): Termination | null {
  const result =
    outcome === 'completed'
      ? {
          resultPath: `research/${JOB_ID}/1`,
          manifestSha256: 'ab'.repeat(32),
          contentSha256: 'cd'.repeat(32),
          engineRevision: 1,
          engineVersion: '0.1.0',
          snapshotId: 'sp500-2f6c0a91',
          datasetVersionIds: { crsp: 'v1' },
          metrics: { mean_ic: 0.01 },
          costSummary: null,
          artifactBytes: 10,
        }
      : null
  const failed = outcome === 'failed'
  return decodeTermination(
    encodeTermination({
      v: 1,
      jobId: JOB_ID,
      attempt: 1,
      index: 0,
      podUid: 'pod-1',
      outcome,
      class: failed ? 'engine_error' : null,
      message: failed ? 'the engine said so' : '',
      pct: 40,
      result,
      peakMemory: null,
    }),
  )
}
