/** The five words of a job's life; no other word appears in a row, an answer or a page (platform.md 0). */
export const STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const
export type Status = (typeof STATUSES)[number]

export const TERMINAL = ['completed', 'failed', 'cancelled'] as const satisfies readonly Status[]
export const ACTIVE = ['pending', 'running'] as const satisfies readonly Status[]

/** A terminal row has had its outcome recorded; only a re-run (T9) takes it back to pending. */
export function isTerminal(status: Status): boolean {
  return status !== 'pending' && status !== 'running'
}

/** Who writes. On a laptop the process that holds the home is the operator. */
export type Writer = 'runner' | 'operator'

/**
 * What must hold besides the status, in the same statement.
 * - `absent`: no row of that job id exists.
 * - `attempt`: the row's attempt is the one the writer means.
 * - `claim`: the writer's claim is the newest of (job, attempt, index).
 * - `epoch`: `installation.operator_epoch` is the writer's; its row is locked for share.
 * - `merger`: for a parallel kind, `merged_by` is the writer's pod.
 * - `request`: the request that is being answered, if any, was not handled before.
 * - `uncancelled`: no cancel was asked for since the job began to wait.
 * - `ended`: the newest attempt, if any, has ended: one that is open is claimed, never overtaken.
 * - `open`: the attempt has been opened and has not ended.
 * - `undisplaced`: no newer claim of (job, attempt, index) stands above the writer's own.
 */
export type Guard =
  | 'absent'
  | 'attempt'
  | 'claim'
  | 'epoch'
  | 'merger'
  | 'request'
  | 'uncancelled'
  | 'ended'
  | 'open'
  | 'undisplaced'

/**
 * How a field is written: by the writer's value, the database's clock (`first`: only where there is no value yet;
 * `later`: that clock plus the writer's delay), a null, the value plus one, the attempt's number, or the literal in
 * `is`.
 */
export type Setter =
  | 'given'
  | 'now'
  | 'first'
  | 'later'
  | 'null'
  | 'next'
  | 'attempt'
  | { readonly is: string | number | boolean }

export type Setters = Readonly<Record<string, Setter>>

export interface Transition {
  readonly id: `T${number}`
  readonly title: string
  /** Empty: there is no row yet. */
  readonly from: readonly Status[]
  readonly to: Status
  /** Who may make it, each under its own guards. */
  readonly writers: Readonly<Partial<Record<Writer, readonly Guard[]>>>
  /** Fields of the job's row, in camelCase, besides `status` and `updatedAt`. */
  readonly sets: Setters
  /** Fields of the row of the attempt, where that changes. */
  readonly attemptSets: Setters
}

const BY_EITHER = { runner: ['attempt', 'claim'], operator: ['attempt', 'epoch'] } as const
const BY_OPERATOR = { operator: ['attempt', 'epoch'] } as const

const FAILURE: Setters = { errorClass: 'given', errorMessage: 'given', completedAt: 'now' }

/** What stands in both rows of a result: the job's shows the newest, the attempt's keeps it. */
const RESULT: Setters = {
  metrics: 'given',
  costSummary: 'given',
  resultPath: 'given',
  snapshotId: 'given',
  datasetVersionIds: 'given',
  engineRevision: 'given',
  engineVersion: 'given',
  imageDigest: 'given',
  contentSha256: 'given',
  manifestSha256: 'given',
  resultKey: 'given',
  artifactBytes: 'given',
  peakMemoryBytes: 'given',
}

/** The seven metrics of the seed have columns of their own. */
export const SEED_METRICS = {
  meanIc: 'mean_ic',
  icir: 'icir',
  hitRate: 'hit_rate',
  coverage: 'coverage',
  longShortSpread: 'long_short_spread',
  averageTurnover: 'average_turnover',
  decayHalfLife: 'decay_half_life',
} as const

function each(fields: readonly string[], setter: Setter): Setters {
  return Object.fromEntries(fields.map((field) => [field, setter]))
}

/** Everything a result leaves in the job's row, taken back by a re-run (platform.md 1.2). */
const RESULT_FIELDS = [...Object.keys(SEED_METRICS), 'costConfig', ...Object.keys(RESULT)]

const PROGRESS_ZERO: Setters = { progressPct: { is: 0 }, progressStage: 'null', progressDate: 'null' }

/**
 * Every change of a job's status there is (platform.md 2.1). storage/ledger/transitions.ts makes each row one guarded
 * SQL statement; what is not in this table cannot happen to a row.
 */
export const TRANSITIONS = [
  {
    id: 'T1',
    title: 'recorded',
    from: [],
    to: 'pending',
    writers: { operator: ['absent'] },
    sets: {
      ...each(
        ['jobId', 'configHash', 'kind', 'namespace', 'dataset', 'alphaName', 'startDate', 'endDate', 'weightMethod'],
        'given',
      ),
      ...each(['configJson', 'createdBy', 'priority', 'jobTimeout', 'deletionPolicy'], 'given'),
      attempt: { is: 0 },
      retryCount: { is: 0 },
      createdAt: 'now',
      queuedAt: 'now',
    },
    attemptSets: {},
  },
  {
    id: 'T2',
    title: 'claimed',
    from: ['pending', 'running'],
    to: 'running',
    writers: { runner: ['attempt', 'open', 'undisplaced'] },
    sets: { workerId: 'given', startedAt: 'first' },
    attemptSets: { podName: 'given', nodeName: 'given', startedAt: 'first' },
  },
  {
    id: 'T3',
    title: 'completed',
    from: ['running'],
    to: 'completed',
    writers: { runner: ['attempt', 'claim', 'merger'], operator: ['attempt', 'claim', 'merger', 'epoch'] },
    sets: {
      ...each(Object.keys(SEED_METRICS), 'given'),
      ...RESULT,
      costConfig: 'given',
      lastGoodAttempt: 'attempt',
      progressPct: { is: 100 },
      progressStage: { is: 'completed' },
      errorClass: 'null',
      errorMessage: 'null',
      completedAt: 'now',
    },
    attemptSets: { ...RESULT, completedAt: 'now' },
  },
  {
    id: 'T4',
    title: 'failed',
    from: ['running'],
    to: 'failed',
    writers: BY_EITHER,
    sets: FAILURE,
    attemptSets: { ...FAILURE, exitCode: 'given', peakMemoryBytes: 'given' },
  },
  {
    id: 'T5',
    title: 'cancelled while running',
    from: ['running'],
    to: 'cancelled',
    writers: BY_EITHER,
    sets: FAILURE,
    attemptSets: { ...FAILURE, exitCode: 'given', peakMemoryBytes: 'given' },
  },
  {
    id: 'T6',
    title: 'cancelled while waiting',
    from: ['pending'],
    to: 'cancelled',
    writers: BY_OPERATOR,
    sets: FAILURE,
    attemptSets: FAILURE,
  },
  {
    id: 'T7',
    title: 'failed while waiting',
    from: ['pending'],
    to: 'failed',
    writers: BY_OPERATOR,
    sets: FAILURE,
    attemptSets: FAILURE,
  },
  {
    id: 'T8',
    title: 'a retry waits',
    from: ['pending', 'running'],
    to: 'pending',
    writers: BY_OPERATOR,
    sets: {
      retryCount: 'next',
      nextAttemptAt: 'later',
      queuedAt: 'now',
      startedAt: 'null',
      workerId: 'null',
      errorClass: 'given',
      errorMessage: 'given',
    },
    attemptSets: { ...FAILURE, exitCode: 'given', peakMemoryBytes: 'given' },
  },
  {
    id: 'T9',
    title: 'to run again',
    from: TERMINAL,
    to: 'pending',
    writers: { operator: ['attempt', 'epoch', 'request'] },
    sets: {
      ...each(RESULT_FIELDS, 'null'),
      ...each(['startedAt', 'completedAt', 'workerId', 'errorClass', 'errorMessage', 'holderUid'], 'null'),
      ...each(['nextAttemptAt', 'cancelRequestedAt', 'cancelRequestedBy', 'heartbeatAt'], 'null'),
      ...PROGRESS_ZERO,
      jobTimeout: 'given',
      priority: 'given',
      retryCount: { is: 0 },
      queuedAt: 'now',
    },
    attemptSets: {},
  },
  {
    id: 'T10',
    title: 'lost',
    from: ['running'],
    to: 'failed',
    writers: BY_OPERATOR,
    sets: FAILURE,
    attemptSets: { ...FAILURE, exitCode: 'given', peakMemoryBytes: 'given' },
  },
  {
    id: 'T11',
    title: 'an attempt is opened',
    from: ['pending'],
    to: 'pending',
    writers: { operator: ['attempt', 'epoch', 'uncancelled', 'ended'] },
    sets: {
      attempt: 'next',
      holderUid: 'given',
      deletionPolicy: 'given',
      priority: 'given',
      jobTimeout: 'given',
      nextAttemptAt: 'null',
      ...PROGRESS_ZERO,
    },
    attemptSets: {},
  },
  {
    id: 'T12',
    title: 'suspended',
    from: ['running'],
    to: 'pending',
    writers: BY_OPERATOR,
    sets: { startedAt: 'null' },
    attemptSets: { startedAt: 'null' },
  },
] as const satisfies readonly Transition[]

export type TransitionId = (typeof TRANSITIONS)[number]['id']

/** The row of the table with that id. */
export function transition(id: TransitionId): Transition {
  return TRANSITIONS.find((row) => row.id === id) as Transition
}

/** Whether a writer may take a job from one status (null: no row) to another, and by which transitions. */
export function legalTransitions(from: Status | null, to: Status, writer: Writer): readonly TransitionId[] {
  return TRANSITIONS.filter(
    (row: Transition) =>
      row.to === to && (from === null ? row.from.length === 0 : row.from.includes(from)) && writer in row.writers,
  ).map((row) => row.id)
}
