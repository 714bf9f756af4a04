import type { Store } from '../config.ts'

/** The one container of a runner's pod. */
export const CONTAINER = 'runner'
/** Where its writable folder is, and where the claim of the store is mounted. */
export const SCRATCH = '/scratch'
export const STORE = '/store'

/**
 * Where runners find datasets and leave artifacts, as `parseStore` reads it. Artifacts lie at the top, by namespace;
 * datasets in a folder that no namespace can be called.
 */
export function placesOf(store: Store): { readonly artifacts: string; readonly datasets: string } {
  if (store.kind === 's3') {
    const root = store.url.replace(/\/+$/, '')
    return { artifacts: root, datasets: `${root}/${DATASETS}` }
  }
  const claim = `?claim=${store.claim}`
  return { artifacts: `file://${STORE}${claim}`, datasets: `file://${STORE}/${DATASETS}${claim}` }
}

const DATASETS = '.datasets'
