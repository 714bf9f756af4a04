import { sha256Hex } from '../../core/identity.ts'
import { ENGINE_REVISION } from '../../engine/revision.ts'
import type { Completion } from '../../storage/ledger/ledger.ts'
import type { Crowd } from './crowd.ts'
import { NAMESPACE, SNAPSHOT, type Stage } from './stage.ts'

/** What the program of a pod does to record and cluster, without computing: claims, commits, ends. */
export interface PlayedRunner {
  /** Once KWOK says that the pod runs. */
  readonly claim: (name: string) => Promise<void>
  /** Commits and exits 0; when the API server had the pod's end. */
  readonly end: (name: string) => Promise<number>
}

export function playRunner({ ledger, cluster }: Stage, crowd: Crowd): PlayedRunner {
  const claimOf = async (name: string) => {
    const [{ object }, { jobId }] = await Promise.all([crowd.await(name, 'pod'), crowd.await(name, 'attempt')])
    return { jobId, attempt: 1, index: 0, podUid: object.metadata.uid!, pod: object.metadata.name }
  }
  return {
    async claim(name) {
      const { pod, ...claim } = await claimOf(name)
      const claimed = await ledger.claim({ ...claim, workerId: pod, nodeName: null })
      if (claimed === 'fenced') throw new Error(`${name}: the claim was refused`)
    },
    async end(name) {
      const { pod, ...claim } = await claimOf(name)
      const done = await ledger.complete(claim, completionOf(claim.jobId))
      if (done === 'fenced') throw new Error(`${name}: the commit was refused`)
      const path = `/api/v1/namespaces/${NAMESPACE}/pods/${pod}/status`
      const { status, json } = await cluster.api('PATCH', path, {
        body: { status: SUCCEEDED },
        contentType: 'application/strategic-merge-patch+json',
      })
      if (status !== 200) throw new Error(`${name}: the pod could not be ended: ${json.message}`)
      return performance.now()
    },
  }
}

const ENDED = { exitCode: 0, reason: 'Completed', startedAt: null, finishedAt: null }
const SUCCEEDED = {
  phase: 'Succeeded',
  containerStatuses: [
    {
      name: 'runner',
      image: 'bench:1',
      imageID: '',
      ready: false,
      started: false,
      restartCount: 0,
      state: { terminated: ENDED },
    },
  ],
}

function completionOf(jobId: string): Completion {
  return {
    metrics: { mean_ic: 0.0125, icir: 0.8, hit_rate: 0.55, coverage: 1 },
    costConfig: null,
    costSummary: null,
    resultPath: `${NAMESPACE}/${jobId}/1`,
    snapshotId: SNAPSHOT,
    datasetVersionIds: { crsp: '1:2f6c0a91' },
    engineRevision: ENGINE_REVISION,
    engineVersion: '0.1.0',
    imageDigest: null,
    contentSha256: sha256Hex(`content ${jobId}`),
    manifestSha256: sha256Hex(`manifest ${jobId}`),
    resultKey: sha256Hex(`key ${jobId}`),
    artifactBytes: 1,
    peakMemoryBytes: 1,
  }
}
