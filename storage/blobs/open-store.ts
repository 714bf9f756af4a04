import { fileStore } from './files.ts'
import { s3Store } from './s3/store.ts'
import type { BlobStore } from './store.ts'
import type { StoreConfig } from './store-config.ts'

/** What of a store is used, and how. */
export interface StoreScope {
  /** The one namespace that is listed and measured; absent: all. A runner's or clean-up's own. */
  readonly namespace?: string
  /** Wall clock, milliseconds since 1970. */
  readonly now: () => number
}

/** The artifacts of a configuration (`parseStore`). Connects to nothing yet. */
export function openStore(config: StoreConfig, { namespace, now }: StoreScope): BlobStore {
  const only = namespace ?? null
  if (config.kind === 's3') return s3Store(config, { namespace: only, now })
  return fileStore(config.root, { claim: config.claim, namespace: only })
}
