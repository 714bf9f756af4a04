import { strict as assert } from 'node:assert'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileStore } from '../../storage/blobs/files.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import { blobStoreContract } from './blobs.ts'

const jobId = 'cd'.repeat(16)
const job = { namespace: 'default', jobId }

async function withRoot(body: (root: string, store: BlobStore) => Promise<void>): Promise<void> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'hindcast-blobs-')))
  try {
    // One level down, so that a climb out of the root would be seen.
    const root = join(directory, 'artifacts')
    await body(root, fileStore(root))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

blobStoreContract('files', { use: (body) => withRoot((_, store) => body(store)), stagesInside: true })

test('files: a job whose folder is a link to another place is never removed nor read', async () => {
  await withRoot(async (root, store) => {
    const outside = join(root, '..', 'precious')
    mkdirSync(join(outside, '1'), { recursive: true })
    writeFileSync(join(outside, '1', 'a.txt'), 'keep me')
    mkdirSync(join(root, 'default'), { recursive: true })
    symlinkSync(outside, join(root, 'default', jobId))
    assert.equal(await store.removeJob(job), 'unsafe')
    assert.equal(await store.remove({ ...job, name: '1' }), 'unsafe')
    await assert.rejects(store.open(`default/${jobId}/1`), { code: 'artifacts_missing' })
    assert.ok(existsSync(join(outside, '1', 'a.txt')))
  })
})

test('files: an attempt that is a link to a neighbour is never removed nor read', async () => {
  await withRoot(async (root, store) => {
    const neighbour = join(root, 'default', 'ef'.repeat(16), '1')
    mkdirSync(neighbour, { recursive: true })
    mkdirSync(join(root, 'default', jobId))
    symlinkSync(neighbour, join(root, 'default', jobId, '1'))
    assert.equal(await store.remove({ ...job, name: '1' }), 'unsafe')
    await assert.rejects(store.open(`default/${jobId}/1`), { code: 'artifacts_missing' })
    assert.ok(existsSync(neighbour))
  })
})

test('files: a link inside an attempt is deleted as a link, its target stays', async () => {
  await withRoot(async (root, store) => {
    const outside = join(root, '..', 'precious.txt')
    mkdirSync(join(root, 'default', jobId, '1'), { recursive: true })
    writeFileSync(outside, 'keep me')
    symlinkSync(outside, join(root, 'default', jobId, '1', 'a.txt'))
    assert.equal(await store.removeJob(job), 'removed')
    assert.ok(existsSync(outside))
  })
})

test('files: a root that is itself a link works', async () => {
  await withRoot(async (root) => {
    mkdirSync(root)
    symlinkSync(root, `${root}-link`)
    const store = fileStore(`${root}-link`)
    const staging = await store.stage({ ...job, attempt: 1 }, 'pod')
    writeFileSync(join(staging.directory, 'a.txt'), 'one')
    assert.equal(await staging.publish(), 'published')
    assert.ok(existsSync(join(await store.open(`default/${jobId}/1`), 'a.txt')))
    assert.equal(await store.removeJob(job), 'removed')
  })
})

test('files: a file where an attempt should be counts as missing artifacts and as a foreign entry', async () => {
  await withRoot(async (root, store) => {
    mkdirSync(join(root, 'default', jobId), { recursive: true })
    writeFileSync(join(root, 'default', jobId, '1'), 'not a folder')
    await assert.rejects(store.open(`default/${jobId}/1`), { code: 'artifacts_missing' })
    for await (const entry of store.entries()) assert.equal(entry.kind, 'foreign')
  })
})

test('files: a root that does not exist is an empty store', async () => {
  await withRoot(async (_, store) => {
    for await (const entry of store.entries()) assert.fail(`found ${entry.name}`)
    assert.deepEqual(await store.usage(), { bytes: 0, freeBytes: null, totalBytes: null })
  })
})
