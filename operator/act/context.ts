import type { RequestHead } from '../../core/request.ts'
import type { Clock } from '../../kube/clock.ts'
import type { Cluster } from '../../kube/cluster.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { Fenced, Ledger } from '../../storage/ledger/ledger.ts'
import type { ProgressChannel } from '../../storage/progress/channel.ts'
import type { OperatorConfig } from '../config.ts'
import type { Metrics } from '../metrics.ts'
import type { Desk } from '../observe/desk.ts'
import type { Launches } from '../observe/launches.ts'
import type { Observed, ResourceFacts } from '../reconcile/types.ts'

/** What an action works with. */
export interface Hands {
  readonly cluster: Cluster
  readonly ledger: Ledger
  readonly progress: ProgressChannel
  readonly clock: Clock
  readonly config: OperatorConfig
  readonly desk: Desk
  readonly launches: Launches
  readonly metrics: Metrics
  /** Name of the Job of an attempt (templates/job.ts). */
  readonly jobName: (resource: ResourceFacts, attempt: number) => string
  /** The Job itself, from the open attempt. */
  readonly template: (pass: Pass, attempt: number) => KubeObject
  /** Signs every statement. */
  readonly epoch: number
  /** Read your writes: what the API server answered to ours. */
  readonly assume: (object: KubeObject) => void
}

/** One pass: what was seen, and what the decision did not need but its action does. */
export interface Pass {
  readonly seen: Observed
  /** The resource as read; null: it is gone. */
  readonly object: KubeObject | null
  /** Null: its manifest is bad, or it is gone. */
  readonly head: RequestHead | null
  readonly requestId: string | null
}

/** `fenced`: it touched nothing, since somebody decided first or the world is another by now. */
export type Acted = 'done' | Fenced

/** Whether a write of the ledger touched its row. */
export function touched(answer: object | Fenced): Acted {
  return answer === 'fenced' ? 'fenced' : 'done'
}
