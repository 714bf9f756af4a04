import type { BacktestPlan } from '../../core/plan.ts'
import type { RunPolicy } from '../../core/request.ts'
import { loadOperatorConfig } from '../../operator/config.ts'
import type {
  Intent,
  JobFacts,
  PodFacts,
  Recorded,
  Seen,
  SharerFacts,
  Unrecorded,
} from '../../operator/reconcile/types.ts'
import type { Attempt, ClaimRow, Job, Resource } from '../../storage/ledger/ledger.ts'
import { RUN } from '../contract/sample-run.ts'

/** Worlds to decide about: plain facts, each changed by a test in one place. */

export const NOW = Date.UTC(2026, 10, 23, 12)
export const at = (agoMs: number): string => new Date(NOW - agoMs).toISOString()
export const ME = '1a2b3c4d-0000-4000-8000-000000000001'
export const OTHER = '5e6f7a8b-0000-4000-8000-000000000002'
export const JOB_ID = '7f'.repeat(16)

export const CLOCKS = loadOperatorConfig({
  DATABASE_URL: 'postgres://a@b/c',
  REDIS_URL: 'redis://b',
  HINDCAST_NAMESPACE: 'hindcast',
  HINDCAST_RUNNER_IMAGE: 'runner:1',
  HINDCAST_STORE: 'pvc:results',
}).clocks

export const PLAN: BacktestPlan = {
  kind: 'Backtest',
  namespace: 'research',
  jobId: JOB_ID,
  configHash: JOB_ID.repeat(2),
  backtest: {
    dataset: 'sp500',
    snapshotId: 'sp500-2f6c0a91',
    alpha: { name: 'momentum', parameters: {} },
    startDate: '2015-01-02',
    endDate: '2015-12-31',
    weightMethod: 'zscore',
    decayHorizons: [1],
    costModel: null,
    quantiles: null,
  },
  snapshot: {
    snapshotId: 'sp500-2f6c0a91',
    dataset: 'sp500',
    fullSha256: '2f'.repeat(32),
    startDate: '2013-01-02',
    endDate: '2018-12-31',
    datasetVersionIds: { crsp: 'v1' },
  },
}

export function planned(change: Partial<RunPolicy> = {}, parallelism = 1): Intent {
  return { is: 'planned', plan: PLAN, run: { ...RUN, ...change }, parallelism, warning: null }
}

export function remembered(change: Partial<Resource> = {}): Resource {
  return {
    uid: ME,
    kind: 'Backtest',
    namespace: 'research',
    name: 'momentum-2015',
    jobId: JOB_ID,
    createdBy: 'ada',
    deletionPolicy: 'retain',
    priority: 'normal',
    manifest: {},
    handledRequest: null,
    firstSeenAt: at(60_000),
    finishedAt: null,
    outcome: null,
    generation: null,
    goneAt: null,
    ...change,
  }
}

const NO_RESULT = {
  metrics: null,
  costSummary: null,
  resultPath: null,
  snapshotId: null,
  datasetVersionIds: null,
  engineRevision: null,
  engineVersion: null,
  imageDigest: null,
  contentSha256: null,
  manifestSha256: null,
  resultKey: null,
  artifactBytes: null,
  peakMemoryBytes: null,
}

export function row(change: Partial<Job> = {}): Job {
  return {
    ...NO_RESULT,
    id: 'row-1',
    jobId: JOB_ID,
    configHash: JOB_ID.repeat(2),
    kind: 'backtest',
    namespace: 'research',
    dataset: 'sp500',
    status: 'pending',
    alphaName: 'momentum',
    startDate: '2015-01-02',
    endDate: '2015-12-31',
    weightMethod: 'zscore',
    configJson: { dataset: 'sp500', snapshotId: 'sp500-2f6c0a91' },
    createdBy: 'ada',
    priority: 'normal',
    deletionPolicy: 'retain',
    jobTimeout: 3600,
    holderUid: null,
    attempt: 0,
    lastGoodAttempt: null,
    retryCount: 0,
    createdAt: at(60_000),
    queuedAt: at(60_000),
    nextAttemptAt: null,
    startedAt: null,
    completedAt: null,
    updatedAt: at(60_000),
    heartbeatAt: null,
    cancelRequestedAt: null,
    cancelRequestedBy: null,
    workerId: null,
    progressPct: 0,
    progressStage: null,
    progressDate: null,
    errorClass: null,
    errorMessage: null,
    meanIc: null,
    icir: null,
    hitRate: null,
    coverage: null,
    longShortSpread: null,
    averageTurnover: null,
    decayHalfLife: null,
    costConfig: null,
    pinned: false,
    ...change,
  }
}

export function attempt(change: Partial<Attempt> = {}): Attempt {
  return {
    ...NO_RESULT,
    jobId: JOB_ID,
    attempt: 1,
    status: 'pending',
    cause: 'first',
    holderUid: ME,
    operatorEpoch: 1,
    jobName: 'momentum-2015-1a2b3c4d-a1',
    priority: 'normal',
    memoryLimit: 4 * 1024 ** 3,
    cpu: 1,
    timeout: 3600,
    parallelism: 1,
    openedAt: at(30_000),
    startedAt: null,
    completedAt: null,
    podName: null,
    nodeName: null,
    exitCode: null,
    errorClass: null,
    errorMessage: null,
    mergedBy: null,
    jobsMade: 1,
    unitsTotal: null,
    requestId: null,
    filesDeletedAt: null,
    ...change,
  }
}

export function claim(change: Partial<ClaimRow> = {}): ClaimRow {
  return {
    jobId: JOB_ID,
    attempt: 1,
    index: 0,
    podUid: 'pod-1',
    seq: 1,
    podName: 'momentum-2015-1a2b3c4d-a1-x',
    nodeName: 'node-a',
    claimedAt: at(20_000),
    heartbeatSeq: 4,
    heartbeatAt: at(5_000),
    redisLost: false,
    rssBytes: null,
    ...change,
  }
}

export function job(change: Partial<JobFacts> = {}): JobFacts {
  return {
    name: 'momentum-2015-1a2b3c4d-a1',
    uid: 'job-1',
    attempt: 1,
    createdAt: NOW - 29_000,
    startedAt: NOW - 29_000,
    suspended: false,
    suspendedAt: null,
    deleting: false,
    gone: false,
    finished: null,
    reason: null,
    message: null,
    parallelism: 1,
    doneIndexes: [],
    hasTtl: false,
    queued: false,
    pods: [],
    ...change,
  }
}

export function pod(change: Partial<PodFacts> = {}): PodFacts {
  return {
    name: 'momentum-2015-1a2b3c4d-a1-x',
    uid: 'pod-1',
    index: 0,
    node: 'node-a',
    phase: 'Running',
    createdAt: NOW - 28_000,
    scheduledAt: NOW - 28_000,
    deleting: false,
    forced: false,
    gone: false,
    reason: null,
    disruption: null,
    unschedulable: null,
    waiting: null,
    end: null,
    ...change,
  }
}

export const SHARER: SharerFacts = {
  uid: ME,
  kind: 'Backtest',
  namespace: 'research',
  name: 'momentum-2015',
  suspended: false,
}
export const OTHER_SHARER: SharerFacts = { ...SHARER, uid: OTHER, name: 'same-thing' }

const SEEN: Seen = {
  now: NOW,
  resource: {
    uid: ME,
    kind: 'Backtest',
    namespace: 'research',
    name: 'momentum-2015',
    generation: 1,
    request: null,
    status: { observedGeneration: 1, phase: 'Pending', jobId: JOB_ID },
    gone: false,
    queued: false,
    abandoned: false,
  },
  intent: planned(),
  jobs: [],
  launch: { permit: false, made: 1, refused: null, conflict: null },
  beats: [],
  slots: { granted: 1, why: '' },
  health: { redisLost: false, storageFull: null },
  shown: {
    progress: null,
    units: null,
    storeRoot: 'pvc:results',
    limits: { timeoutSeconds: 3600, memoryLimitBytes: 4 * 1024 ** 3 },
  },
  engineRevision: 1,
}

/** Remembered, not recorded. */
export const unrecorded: Unrecorded = { ...SEEN, record: 'none', remembered: remembered() }

/** Recorded, waiting, a slot free. */
export const waiting: Recorded = {
  ...SEEN,
  record: 'row',
  remembered: remembered(),
  job: row(),
  attempt: null,
  lastGood: null,
  claims: [],
  sharers: [SHARER],
}

/** Its first attempt is open, and has no Job yet. */
export const opened: Recorded = {
  ...waiting,
  job: row({ attempt: 1, holderUid: ME }),
  attempt: attempt(),
  launch: { ...SEEN.launch, permit: true },
}

/** Its pod runs and beats. */
export const running: Recorded = {
  ...waiting,
  job: row({ status: 'running', attempt: 1, holderUid: ME, startedAt: at(20_000), workerId: 'x' }),
  attempt: attempt({ status: 'running', startedAt: at(20_000), podName: 'x', nodeName: 'node-a' }),
  claims: [claim()],
  jobs: [job({ pods: [pod()] })],
  beats: [{ index: 0, podUid: 'pod-1', stillMs: 2_000, idleMs: 2_000 }],
}

/** Its row says how it ended; the resource's own end is not noted yet. */
export function ended(status: 'completed' | 'failed' | 'cancelled', change: Partial<Job> = {}): Recorded {
  const errorClass = status === 'completed' ? null : status === 'failed' ? 'engine_error' : 'cancelled'
  const good = status === 'completed' ? GOOD : {}
  const end = { status, completedAt: at(1_000), errorClass, errorMessage: errorClass, ...good }
  const last = attempt({ ...end, startedAt: at(20_000) })
  return {
    ...running,
    job: { ...running.job, ...end, lastGoodAttempt: status === 'completed' ? 1 : null, ...change },
    attempt: last,
    lastGood: status === 'completed' ? last : null,
    jobs: [],
    beats: [],
  }
}

const GOOD = {
  metrics: { mean_ic: 0.0125, icir: 0.8 },
  resultPath: `research/${JOB_ID}/1`,
  snapshotId: 'sp500-2f6c0a91',
  datasetVersionIds: { crsp: 'v1' },
  engineRevision: 1,
  engineVersion: '0.1.0',
  contentSha256: 'ab'.repeat(32),
  manifestSha256: 'cd'.repeat(32),
} as const

/** The same with one fact of the resource changed. */
export function withResource<S extends Seen>(seen: S, change: Partial<Seen['resource']>): S {
  return { ...seen, resource: { ...seen.resource, ...change } }
}
