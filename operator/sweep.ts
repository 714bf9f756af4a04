import type { Cluster } from '../kube/cluster.ts'
import { isKubeError } from '../kube/kube-error.ts'
import type { Ledger } from '../storage/ledger/ledger.ts'
import type { PresentResource } from '../storage/ledger/operator/port.ts'
import type { Metrics } from './metrics.ts'
import { type Caches, REQUEST } from './observe/caches.ts'
import type { Directory } from './observe/directory.ts'
import { type Subject, subjectAs } from './subject.ts'

const PAGE = 500

/**
 * Goes through every resource that the record knows and that is not known to be gone: at the start of a lead and
 * hourly. Finds what went while nobody watched, and what was asked of finished resources meanwhile. Gives how many
 * were gone. Rejects where the record or, for one that looks gone, the API server does not answer.
 */
export async function sweep(broom: {
  readonly ledger: Pick<Ledger, 'presentResources'>
  readonly cluster: Pick<Cluster, 'get'>
  readonly caches: Pick<Caches, 'known' | 'active'>
  readonly directory: Directory
  readonly namespaces: readonly string[]
  readonly enqueue: (subject: Subject, lane: 'gc' | 'status') => void
  readonly metrics: Pick<Metrics, 'swept'>
  readonly stopped: () => boolean
}): Promise<number> {
  const { caches, directory, enqueue } = broom
  let found = 0
  let after: string | null = null
  for (;;) {
    const page: readonly PresentResource[] = await broom.ledger.presentResources(after, PAGE)
    for (const row of page) {
      const subject = subjectAs(row.kind, row.namespace, row.uid)
      // Of a namespace that takes part no longer nothing is known, least of all that its resources are gone.
      if (subject === null || !broom.namespaces.includes(row.namespace)) continue
      const known = caches.known(subject.kind, row.uid) ?? caches.active(subject.kind, row.uid)
      if (known === undefined) {
        if (!(await isGone(broom.cluster, subject, row.name))) continue
        found += 1
        broom.metrics.swept.inc()
        directory.gone(row.uid, row.name)
        enqueue(subject, 'gc')
      } else if (row.finished ? isNews(row, known.metadata) : caches.active(subject.kind, row.uid) === undefined) {
        // Not finished, yet not followed: its status is that of an end which a re-run has taken back since.
        enqueue(subject, 'status')
      }
    }
    const last = page.at(-1)
    if (page.length < PAGE || last === undefined || broom.stopped()) return found
    after = last.uid
  }
}

/**
 * Asks the server itself. Two watches follow a resource, while it is not finished and for ever; one that finishes
 * leaves the first, and while the second lags it is in neither.
 */
async function isGone(cluster: Pick<Cluster, 'get'>, subject: Subject, name: string): Promise<boolean> {
  const { kind, namespace, uid } = subject
  try {
    return (await cluster.get({ kind, namespace, name })).metadata.uid !== uid
  } catch (thrown) {
    if (isKubeError(thrown, 'not_found')) return true
    throw thrown
  }
}

/** A finished resource was edited, or asked for something, since its end was noted. */
function isNews(
  row: PresentResource,
  { generation, labels }: { readonly generation?: number; readonly labels?: Readonly<Record<string, string>> },
): boolean {
  const request = labels?.[REQUEST]
  return (request !== undefined && request !== row.handledRequest) || (generation ?? 0) > (row.generation ?? 0)
}
