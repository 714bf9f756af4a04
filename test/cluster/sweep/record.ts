import type { Ledger } from '../../../storage/ledger/ledger.ts'
import type { Scene } from '../../world/invariants.ts'
import { attemptKey } from '../../world/ledger/state.ts'

/** The record as it stands; of claims also those that have passed. */
export async function readRecord(ledger: Ledger, claims: Scene['state']['claims']): Promise<Scene['state']> {
  const jobs = (await ledger.listJobs({})).rows
  const [attempts, opened, { rows: resources }] = await Promise.all([
    Promise.all(jobs.map(({ jobId }) => ledger.findAttempts(jobId))),
    ledger.openAttempts(),
    ledger.listResources({}),
  ])
  const keyed = <Row>(rows: readonly Row[], key: (row: Row) => string) => new Map(rows.map((row) => [key(row), row]))
  const fresh = opened.flatMap((one) => one.claims)
  return {
    jobs: keyed(jobs, ({ jobId }) => jobId),
    attempts: keyed(attempts.flat(), ({ jobId, attempt }) => attemptKey(jobId, attempt)),
    claims: [...claims, ...fresh.filter((claim) => !claims.some(({ podUid }) => podUid === claim.podUid))],
    resources: keyed(resources, ({ uid }) => uid),
  }
}
