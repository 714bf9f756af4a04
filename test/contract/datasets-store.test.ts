import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatasets } from '../../storage/in/store/open-datasets.ts'
import { datasetStoreContract, filesBelow } from './datasets-store.ts'

datasetStoreContract('a volume', async (body) => {
  const root = mkdtempSync(join(tmpdir(), 'hindcast-datasets-'))
  const volume = join(root, 'volume')
  try {
    await body({
      store: openDatasets({ kind: 'files', root: volume, claim: null }),
      datasetsDir: join(root, 'home'),
      files: () => (existsSync(volume) ? filesBelow(volume) : []),
      // What openPanel keeps beside the snapshot.
      forget: () => filesBelow(root).forEach((path) => void (path.endsWith('panel.cache') && rmSync(path))),
    })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
