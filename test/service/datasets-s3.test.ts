import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseStore, type S3Config } from '../../storage/blobs/store-config.ts'
import { openPanel } from '../../storage/in/open-panel.ts'
import { openDatasets } from '../../storage/in/store/open-datasets.ts'
import { synthesise } from '../../storage/in/synth.ts'
import { datasetStoreContract, filesBelow } from '../contract/datasets-store.ts'
import { startS3, type TestS3 } from './s3.ts'

const s3 = await startS3()
if ('skipped' in s3) test('S3', { skip: s3.skipped }, () => {})
else suite(s3)

function suite(server: TestS3): void {
  after(() => server.stop())

  test('S3: a panel that was fetched for one run leaves no cache behind', async () => {
    const root = mkdtempSync(join(tmpdir(), 'hindcast-datasets-'))
    try {
      const config = { ...parseStore(server.bucket(), server.env), scratchDir: join(root, 'scratch') } as S3Config
      const datasetsDir = join(root, 'home')
      const { record } = await synthesise({ datasetsDir, dataset: 'demo', names: 5, days: 30, seed: 1, now: () => 0 })
      await openDatasets(config).push(datasetsDir, record)
      const fetched = await openDatasets(config).fetch(record)
      await openPanel({ datasetsDir: fetched, snapshot: record, allocate: (bytes) => new ArrayBuffer(bytes) })
      assert.deepEqual(
        filesBelow(fetched).filter((path) => path.includes('panel')),
        [],
      )
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })

  datasetStoreContract('S3', async (body) => {
    const root = mkdtempSync(join(tmpdir(), 'hindcast-datasets-'))
    const url = server.bucket()
    const config = { ...parseStore(url, server.env), scratchDir: join(root, 'scratch') } as S3Config
    try {
      await body({
        store: openDatasets(config),
        datasetsDir: join(root, 'home'),
        files: () => filesBelow(server.folder(url)),
        forget: () => rmSync(join(root, 'scratch'), { recursive: true, force: true }),
      })
    } finally {
      rmSync(root, { recursive: true, force: true })
    }
  })
}
