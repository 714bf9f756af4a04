import { after, test } from 'node:test'
import { openStore } from '../../storage/blobs/open-store.ts'
import { parseStore } from '../../storage/blobs/store-config.ts'
import { blobStoreContract } from '../contract/blobs.ts'
import { startS3, type TestS3 } from './s3.ts'

const s3 = await startS3()
if ('skipped' in s3) test('S3', { skip: s3.skipped }, () => {})
else suite(s3)

function suite(server: TestS3): void {
  after(() => server.stop())
  const fresh = (query = '') => parseStore(`${server.bucket()}${query}`, server.env)
  blobStoreContract('S3', {
    use: (body) => body(openStore(fresh(), { now: () => Date.now() })),
    stagesInside: false,
  })
}
