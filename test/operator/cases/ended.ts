import {
  at,
  attempt,
  ended,
  JOB_ID,
  job,
  OTHER,
  OTHER_SHARER,
  pod,
  remembered,
  running,
  withResource,
} from '../observed.ts'
import { asked, CANCEL, type Case, held, MINUTE, over, RERUN, SECOND } from './given.ts'

export const ENDED: readonly Case[] = [
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
