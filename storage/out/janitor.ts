import type { BlobStore, EntryPath, Removal, StoreEntry } from '../blobs/store.ts'
import type { Job, Ledger } from '../ledger/ledger.ts'
import { fateOf, type JobRecord } from './fate.ts'

/** Jobs looked up, or removed, in one go; each removal is a transaction of its own. */
const BATCH = 100
/** Files of a result outlive the one that replaced it by this many days (platform.md 1.6). */
const SUPERSEDED_DAYS = 7

export interface JanitorPorts {
  readonly store: BlobStore
  readonly ledger: Pick<
    Ledger,
    | 'findJob'
    | 'findAttempts'
    | 'retentionCandidates'
    | 'purgeCandidates'
    | 'purgeJob'
    | 'supersededFiles'
    | 'markFilesDeleted'
  >
  /** Wall clock of the store, milliseconds since 1970. */
  readonly now: () => number
  /** The one namespace that is cleaned, as the store is scoped; absent: all. */
  readonly namespace?: string
}

/** What was removed, or with `dryRun` would be; paths as `{namespace}/{job_id}[/{name}]`. */
export interface CleanupReport {
  readonly removed: readonly { readonly path: string; readonly why: string }[]
  /** Kept although their time had come: the files could not be removed. */
  readonly kept: readonly { readonly path: string; readonly why: string }[]
  /** Links and paths out of place, where a removal was refused: security events. */
  readonly unsafe: readonly string[]
}

type Draft = { [list in keyof CleanupReport]: CleanupReport[list][number][] }

/**
 * Removes what no result needs: staging and folders of attempts that ended without one, results replaced 7 days ago,
 * and what the record has not known for 7 days. Safe while runs are going on: attempt numbers never come again, and a
 * live attempt is left alone. Never throws for one entry: what cannot be removed is in `kept`.
 */
export async function sweepArtifacts(ports: JanitorPorts, { dryRun }: { dryRun: boolean }): Promise<CleanupReport> {
  const report = draft()
  for await (const batch of batches(ports.store.entries(), BATCH)) {
    const records = await recordsOf(ports, batch)
    for (const entry of batch) {
      const { act, why } = fateOf(entry, records.get(entry.jobId) ?? null, ports.now())
      if (act === 'remove') await take(report, { entry, why, dryRun }, () => ports.store.remove(entry))
    }
  }
  await sweepSuperseded(ports, report, dryRun)
  return report
}

/**
 * Retention: removes jobs that ended more than `days` days ago, artifacts first, then rows; a row whose artifacts
 * could not be removed stays for the next time. Active and pinned jobs are never touched. 0 days: everything terminal.
 */
export async function expireResults(
  ports: JanitorPorts,
  { days, dryRun }: { days: number; dryRun: boolean },
): Promise<CleanupReport> {
  const ask = (limit: number) => ports.ledger.retentionCandidates(days, limit)
  return removeJobs(ports, ask, { dryRun, why: `ended more than ${days} days ago` })
}

/** Removes the jobs whose last resource is gone and asked for it (`deletionPolicy: purge`), as retention does. */
export async function purgeGone(ports: JanitorPorts, { dryRun }: { dryRun: boolean }): Promise<CleanupReport> {
  const ask = (limit: number) => ports.ledger.purgeCandidates(limit)
  return removeJobs(ports, ask, { dryRun, why: 'its resource is gone and asked for it' })
}

async function removeJobs(
  ports: Omit<JanitorPorts, 'now'>,
  ask: (limit: number) => Promise<readonly Job[]>,
  { dryRun, why }: { dryRun: boolean; why: string },
): Promise<CleanupReport> {
  const report = draft()
  const seen = new Set<string>()
  // What stays behind comes again with the next query: the limit grows by it, so that it hides nobody.
  for (let more = true; more; ) {
    const jobs = await ask(BATCH + seen.size)
    const fresh = jobs.filter(({ jobId }) => !seen.has(jobId))
    more = fresh.length > 0
    for (const job of fresh) {
      seen.add(job.jobId)
      if (isOthers(ports, job.namespace)) continue
      if (await expire(ports, job, { report, dryRun, why })) seen.delete(job.jobId)
    }
  }
  return report
}

/** Removes one terminal job now, as retention does: for `deletionPolicy: purge`. */
export async function purgeJob({ store, ledger }: JanitorPorts, job: Job): Promise<CleanupReport> {
  const report = draft()
  await expire({ store, ledger }, job, { report, dryRun: false, why: 'its resource is gone and asked for it' })
  return report
}

/** True when the row is gone, so that a query will not bring it again. */
async function expire(
  { store, ledger }: Pick<JanitorPorts, 'store' | 'ledger'>,
  job: Job,
  { report, dryRun, why }: { report: Draft; dryRun: boolean; why: string },
): Promise<boolean> {
  const path = `${job.namespace}/${job.jobId}`
  if (dryRun) {
    report.removed.push({ path, why })
    return false
  }
  let removal: Removal | 'failed' = 'absent'
  const outcome = await ledger.purgeJob(job.jobId, async () => {
    removal = await store.removeJob(job).catch((error: Error) => {
      report.kept.push({ path, why: error.message })
      return 'failed' as const
    })
    if (removal === 'unsafe') report.unsafe.push(path)
    return removal === 'removed' || removal === 'absent'
  })
  if (outcome === 'purged') report.removed.push({ path, why })
  return outcome === 'purged'
}

/** Another clean-up's, whose store this one may not have. */
function isOthers({ namespace }: Pick<JanitorPorts, 'namespace'>, found: string): boolean {
  return namespace !== undefined && found !== namespace
}

async function sweepSuperseded(ports: JanitorPorts, report: Draft, dryRun: boolean): Promise<void> {
  const { store, ledger } = ports
  const seen = new Set<string>()
  for (let more = true; more; ) {
    const files = await ledger.supersededFiles(SUPERSEDED_DAYS, BATCH + seen.size)
    const fresh = files.filter(({ path }) => !seen.has(path))
    more = fresh.length > 0
    for (const { jobId, namespace, attempt, path } of fresh) {
      seen.add(path)
      if (isOthers(ports, namespace)) continue
      const entry = { namespace, jobId, name: String(attempt) }
      const why = `replaced more than ${SUPERSEDED_DAYS} days ago`
      if (!(await take(report, { entry, why, dryRun }, () => store.remove(entry)))) continue
      await ledger.markFilesDeleted(jobId, attempt)
      seen.delete(path)
    }
  }
}

interface Taking {
  readonly entry: EntryPath
  readonly why: string
  readonly dryRun: boolean
}

/** Removes one entry and reports it; true when it is gone. */
async function take(report: Draft, { entry, why, dryRun }: Taking, remove: () => Promise<Removal>): Promise<boolean> {
  const path = `${entry.namespace}/${entry.jobId}/${entry.name}`
  if (dryRun) {
    report.removed.push({ path, why })
    return false
  }
  try {
    const removal = await remove()
    if (removal === 'removed') report.removed.push({ path, why })
    if (removal === 'unsafe') report.unsafe.push(path)
    return removal !== 'unsafe'
  } catch (error) {
    report.kept.push({ path, why: (error as Error).message })
    return false
  }
}

async function recordsOf({ ledger }: JanitorPorts, batch: readonly StoreEntry[]): Promise<Map<string, JobRecord>> {
  const records = new Map<string, JobRecord>()
  for (const jobId of new Set(batch.map((entry) => entry.jobId))) {
    const job = await ledger.findJob(jobId)
    if (job === null) continue
    const { status, attempt, lastGoodAttempt } = job
    // Most jobs hold their last good result and nothing else: those cost one query.
    const older = batch.some(
      (entry) => entry.jobId === jobId && entry.kind === 'attempt' && entry.attempt !== lastGoodAttempt,
    )
    const completedAttempts = older ? await completedOf(ledger, jobId) : new Set<number>()
    records.set(jobId, { status, attempt, lastGoodAttempt, completedAttempts })
  }
  return records
}

async function completedOf(ledger: JanitorPorts['ledger'], jobId: string): Promise<ReadonlySet<number>> {
  const attempts = await ledger.findAttempts(jobId)
  return new Set(attempts.filter(({ status }) => status === 'completed').map(({ attempt }) => attempt))
}

async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[], void> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function draft(): Draft {
  return { removed: [], kept: [], unsafe: [] }
}
