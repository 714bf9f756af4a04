import type { StoreConfig } from '../../blobs/store-config.ts'
import { bucketDatasets } from './bucket.ts'
import type { DatasetStore } from './port.ts'
import { volumeDatasets } from './volume.ts'

/** The datasets of a configuration (`parseStore`). Connects to nothing yet. */
export function openDatasets(config: StoreConfig): DatasetStore {
  return config.kind === 's3' ? bucketDatasets(config) : volumeDatasets(config)
}
