import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseStore, type S3Config } from '../../storage/blobs/store-config.ts'
import { openDatasets } from '../../storage/in/store/open-datasets.ts'
import { datasetStoreContract, filesBelow } from '../contract/datasets-store.ts'
import { startS3, type TestS3 } from './s3.ts'

const s3 = await startS3()
if ('skipped' in s3) test('S3', { skip: s3.skipped }, () => {})
else suite(s3)

function suite(server: TestS3): void {
  after(() => server.stop())
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
