import { ended, OTHER, OTHER_SHARER, planned, remembered, SHARER, waiting, withResource } from '../observed.ts'
import { asked, CANCEL, type Case, FAILED_ATTEMPT, held, over, RETRYING } from './given.ts'

export const SHARING: readonly Case[] = [
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
