import { HindcastError } from '../../core/errors.ts'
import { SEED_METRICS, type TransitionId } from '../../core/lifecycle.ts'
import { loginsOver } from './access/logins.ts'
import * as claims from './claims.ts'
import type {
  Claim,
  Completion,
  Failure,
  Fenced,
  Job,
  Ledger,
  NewClaim,
  NewJob,
  OpenAttempt,
  Rerun,
  Steer,
} from './ledger.ts'
import { roomsOver } from './operator/rooms.ts'
import { operatorOver } from './operator/verbs.ts'
import * as queries from './queries.ts'
import * as resources from './resources.ts'
import * as retention from './retention.ts'
import { errorMessage, finite, jsonb, metricsJsonb } from './rows/json.ts'
import { lostRowsOver, recordsJsonb } from './rows/lost-rows.ts'
import { attemptOf, jobOf } from './rows/read-rows.ts'
import { snapshotsOver } from './snapshots/queries.ts'
import type { Database } from './sql.ts'
import { move, type Values } from './transitions.ts'
import * as units from './units.ts'

/** The port over a database that has been migrated. `release` runs after the connections are closed. */
export function databaseLedger(database: Database, release: () => Promise<void> | void = () => {}): Ledger {
  return {
    insertJob: (job) => insertJob(database, job),
    openAttempt: (open) => openAttempt(database, open),
    claim: (claim) => claimAttempt(database, claim),
    beat: (claim, sign) => claims.beat(database, claim, sign),
    progress: (claim, at) => claims.progress(database, claim, at),
    openUnits: (claim, set) => units.openUnits(database, claim, set),
    readUnits: (jobId, set, wanted) => units.readUnits(database, { jobId, set, units: wanted }),
    storeUnits: (claim, set, done) => units.storeUnits(database, { claim, set, units: done }),
    takeMerge: (claim, set) => units.takeMerge(database, claim, set),
    complete: (claim, completion) => complete(database, claim, completion),
    fail: (by, failure) => end(database, 'T4', by, failure),
    cancel: (by, failure) => cancel(database, by, failure),
    failWaiting: (steer, failure) => end(database, 'T7', steer, failure),
    retry: (steer, retry) => end(database, 'T8', steer, retry),
    rerun: (rerun) => runAgain(database, rerun),
    lost: (steer, failure) => end(database, 'T10', steer, failure),
    suspend: (steer) => moved(move(database, 'T12', 'operator', { ...steer })),
    requestCancel: (jobId, by) => resources.requestCancel(database, jobId, by),

    findJob: (jobId) => queries.findJob(database, jobId),
    listJobs: (filter) => queries.listJobs(database, filter),
    findAttempt: (jobId, attempt) => queries.findAttempt(database, jobId, attempt),
    findAttempts: (jobId) => queries.findAttempts(database, jobId),
    findResults: (resultKey) => queries.findResults(database, resultKey),
    findWindows: (jobId, attempt) => queries.findWindows(database, jobId, attempt),
    findIntervals: (jobId, attempt) => queries.findIntervals(database, jobId, attempt),
    countUnits: (jobIds) => units.countUnits(database, jobIds),
    openAttempts: () => queries.openAttempts(database),

    upsertResource: (resource) => resources.upsertResource(database, resource),
    finishResource: (uid, outcome) => resources.finishResource(database, uid, outcome),
    listResources: (filter) => queries.listResources(database, filter),
    latestResource: (...key) => queries.latestResource(database, key),

    ...operatorOver(database),

    retentionCandidates: (days, limit) => retention.retentionCandidates(database, days, limit),
    purgeCandidates: (limit) => retention.purgeCandidates(database, limit),
    purgeJob: (jobId, deleteFiles) => retention.purgeJob(database, jobId, deleteFiles),
    supersededFiles: (days, limit) => retention.supersededFiles(database, days, limit),
    markFilesDeleted: (jobId, attempt) => retention.markFilesDeleted(database, jobId, attempt),
    knownJobs: (jobIds) => retention.knownJobs(database, jobIds),
    pinJob: (jobId, pinned) => resources.pinJob(database, jobId, pinned),
    installation: () => queries.installation(database),
    raiseEpoch: (identity) => resources.raiseEpoch(database, identity),
    audit: (entry) => resources.audit(database, entry),
    ...loginsOver(database),
    ...roomsOver(database),
    ...lostRowsOver(database),
    ...snapshotsOver(database),

    async close() {
      try {
        await database.close()
      } finally {
        await release()
      }
    },
  }
}

async function moved(row: ReturnType<typeof move>): Promise<Job | Fenced> {
  const raw = await row
  return raw === null ? 'fenced' : jobOf(raw)
}

async function insertJob(database: Database, job: NewJob): ReturnType<Ledger['insertJob']> {
  const { config, timeoutSeconds, ...rest } = job
  const raw = await move(database, 'T1', 'operator', {
    ...rest,
    configJson: jsonb(config),
    jobTimeout: timeoutSeconds,
  })
  if (raw !== null) return { inserted: true, job: jobOf(raw) }
  const found = await queries.findJob(database, job.jobId)
  // Purged between the two statements: the next try will insert it.
  return found === null ? insertJob(database, job) : { inserted: false, job: found }
}

async function openAttempt(database: Database, open: OpenAttempt) {
  const raw = await move(database, 'T11', 'operator', {
    ...open.steer,
    atLeast: open.atLeast,
    cause: open.cause,
    holderUid: open.holderUid,
    deletionPolicy: open.deletionPolicy,
    jobName: open.jobName,
    priority: open.priority,
    memoryLimit: open.memoryLimitBytes,
    cpu: open.cpu,
    jobTimeout: open.timeoutSeconds,
    parallelism: open.parallelism,
    requestId: open.requestId ?? null,
  })
  return raw === null ? 'fenced' : attemptOf(raw)
}

function claimAttempt(database: Database, claim: NewClaim): Promise<Job | Fenced> {
  const { workerId, ...signature } = claim
  return moved(move(database, 'T2', 'runner', { ...signature, workerId, podName: workerId }))
}

async function complete(
  database: Database,
  claim: Claim & { readonly epoch?: number },
  completion: Completion,
): Promise<Job | Fenced> {
  refuseUnlessReproducible(completion)
  const writer = claim.epoch === undefined ? 'runner' : 'operator'
  const job = await moved(move(database, 'T3', writer, { ...claim, ...resultValues(completion) }))
  if (job !== 'fenced') return job
  // The answer to an earlier try may have been lost on the way: the same result of the same attempt is success.
  const found = await queries.findJob(database, claim.jobId)
  const same =
    found?.status === 'completed' &&
    found.attempt === claim.attempt &&
    found.contentSha256 === completion.contentSha256 &&
    found.manifestSha256 === completion.manifestSha256
  return same ? found : 'fenced'
}

function refuseUnlessReproducible(completion: Completion): void {
  const { snapshotId, datasetVersionIds } = completion
  if (!snapshotId || datasetVersionIds === null || Object.keys(datasetVersionIds ?? {}).length === 0) {
    throw new HindcastError(
      'reproducibility_missing',
      'a job is completed only with its reproducibility: snapshot_id and dataset_version_ids must be given',
    )
  }
}

function resultValues(completion: Completion): Values {
  const { metrics, costConfig, costSummary, datasetVersionIds, windows, intervals, ...plain } = completion
  const headline = Object.entries(SEED_METRICS).map(([field, name]) => [field, finite(metrics[name])])
  return {
    ...plain,
    ...Object.fromEntries(headline),
    metrics: metricsJsonb(metrics),
    costConfig: jsonb(costConfig),
    costSummary: metricsJsonb(costSummary),
    datasetVersionIds: jsonb(datasetVersionIds),
    windows: recordsJsonb(windows ?? []),
    intervals: recordsJsonb(intervals ?? []),
  }
}

async function cancel(database: Database, by: Claim | Steer, failure: Failure): Promise<Job | Fenced> {
  const running = await end(database, 'T5', by, failure)
  return running === 'fenced' && 'epoch' in by ? end(database, 'T6', by, failure) : running
}

function end(
  database: Database,
  id: TransitionId,
  by: Claim | Steer,
  failure: Failure & { readonly delayMs?: number },
): Promise<Job | Fenced> {
  return moved(
    move(database, id, 'epoch' in by ? 'operator' : 'runner', {
      ...by,
      errorClass: failure.errorClass,
      errorMessage: errorMessage(failure.message),
      exitCode: failure.exitCode ?? null,
      peakMemoryBytes: failure.peakMemoryBytes ?? null,
      delayMs: failure.delayMs ?? null,
    }),
  )
}

function runAgain(database: Database, rerun: Rerun): Promise<Job | Fenced> {
  return moved(
    move(database, 'T9', 'operator', {
      ...rerun.steer,
      jobTimeout: rerun.timeoutSeconds,
      priority: rerun.priority,
      requestToken: rerun.request?.token ?? null,
      requestUid: rerun.request?.resourceUid ?? null,
      keepUnits: rerun.keepUnits ?? false,
    }),
  )
}
