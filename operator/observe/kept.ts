import type { KubeObject } from '../../kube/object.ts'
import type { JobObject, PodObject } from '../../kube/workloads.ts'

/** Jobs and pods as they last were, after they went: the end of an attempt is read from them. */
export interface Kept {
  /** A Job that was deleted, under the resource that controlled it. */
  job(job: KubeObject): void
  /** A pod that was deleted, under the Job that controlled it. */
  pod(pod: KubeObject): void
  jobsOf(resourceUid: string): readonly JobObject[]
  jobByUid(uid: string): JobObject | undefined
  podsOf(jobUid: string): readonly PodObject[]
  /** Forgets a Job with its pods: its attempt has ended in the record. */
  forget(jobUid: string): void
  size(): number
}

export function keepDeleted(): Kept {
  const jobs = new Map<string, JobObject>()
  const pods = new Map<string, Map<string, PodObject>>()
  return {
    job(job) {
      if (job.metadata.uid !== undefined) jobs.set(job.metadata.uid, job as JobObject)
    },
    pod(pod) {
      const jobUid = controllerUid(pod)
      if (jobUid === null || pod.metadata.uid === undefined) return
      const of = pods.get(jobUid) ?? new Map<string, PodObject>()
      pods.set(jobUid, of.set(pod.metadata.uid, pod as PodObject))
    },
    jobsOf: (resourceUid) => [...jobs.values()].filter((job) => controllerUid(job) === resourceUid),
    jobByUid: (uid) => jobs.get(uid),
    podsOf: (jobUid) => [...(pods.get(jobUid)?.values() ?? [])],
    forget(jobUid) {
      jobs.delete(jobUid)
      pods.delete(jobUid)
    },
    size: () => jobs.size + pods.size,
  }
}

/** Uid of what controls an object; null: nothing does. */
export function controllerUid({ metadata }: KubeObject): string | null {
  return metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? null
}
