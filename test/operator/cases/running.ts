import {
  at,
  attempt,
  ended,
  job,
  OTHER_SHARER,
  opened,
  planned,
  pod,
  remembered,
  running,
  SHARER,
  unrecorded,
  waiting,
  withResource,
} from '../observed.ts'
import { asked, CANCEL, type Case, cancelled, exit, MINUTE, over, RERUN, retrying, SECOND } from './given.ts'

export const RUNNING: readonly Case[] = [
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

export const CANCELLING: readonly Case[] = [
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
