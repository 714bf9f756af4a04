import { canonicalJson, type Json, sha256Hex } from '../../core/identity.ts'
import { type Plan, planComputation } from '../../core/plan.ts'
import type { RequestHead } from '../../core/request.ts'
import type { NewJob, NewResource } from '../../storage/ledger/ledger.ts'
import { jobOfPlan } from '../../storage/ledger/rows/job-of-plan.ts'
import type { Config } from '../config.ts'
import { KINDS } from '../jobs/kind-of-job.ts'

/** The row of a plan (T1). */
export function newJobOf(plan: Plan, head: RequestHead, asked: { user: string; config: Config }): NewJob {
  return jobOfPlan(plan, {
    createdBy: head.createdBy ?? asked.user,
    priority: head.run.priority,
    timeoutSeconds: head.run.timeoutSeconds ?? asked.config.jobTimeoutSeconds,
    deletionPolicy: head.run.deletionPolicy,
  })
}

/** The resource of a manifest: on a laptop one for each name and job, so that a name used again keeps its old ones. */
export function newResourceOf(plan: Plan, head: RequestHead, user: string): NewResource {
  const { kind, namespace, jobId } = plan
  return {
    uid: uuidOf({ kind, namespace, name: head.name, jobId }),
    kind,
    namespace,
    name: head.name,
    jobId,
    createdBy: head.createdBy ?? user,
    deletionPolicy: head.run.deletionPolicy,
    priority: head.run.priority,
    manifest: { kind, metadata: { name: head.name, namespace }, spec: planComputation(plan) },
  }
}

/** The resource behind a record that is made again from the files of its result. */
export function newResourceOfManifest(job: NewJob, name: string): NewResource {
  const { jobId, namespace, createdBy, deletionPolicy, priority } = job
  const kind = KINDS[job.kind]
  return {
    uid: uuidOf({ kind, namespace, name, jobId }),
    kind,
    namespace,
    name,
    jobId,
    createdBy,
    deletionPolicy,
    priority,
    manifest: { kind, metadata: { name, namespace }, spec: job.config },
  }
}

/** A UUID that the same thing always gets (version 8: bits of our own choosing, RFC 9562). */
function uuidOf(thing: Json): string {
  const hex = sha256Hex(canonicalJson(thing))
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
