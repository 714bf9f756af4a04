import type { Ledger } from '../../storage/ledger/ledger.ts'
import type { Caches } from '../observe/caches.ts'
import { controllerUid } from '../observe/kept.ts'
import type { Sources } from './source.ts'

/** Sources as the cluster and the record have them. */
export function sourcesOf(
  { caches, ledger }: { readonly caches: Caches; readonly ledger: Ledger },
  ownerUid: string,
): Sources {
  return {
    ownerUid,
    job: (jobId) => ledger.findJob(jobId),
    async backtest(namespace, name) {
      const known = caches.knownByName('Backtest', namespace, name)
      const uid = known?.metadata.uid
      if (known === undefined || uid === undefined) return null
      const { job, resource } = await ledger.standing({ resourceUid: uid, jobId: null })
      const ended = resource !== null && resource.finishedAt !== null
      const failed = job === null && ended
      return {
        controllerUid: controllerUid(known),
        job,
        ended,
        failure: failed ? (resource.outcome ?? 'failed') : null,
      }
    },
  }
}
