import { strict as assert } from 'node:assert'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import type { BlobStore, Staging, StoreEntry } from '../../storage/blobs/store.ts'

const job = { namespace: 'default', jobId: 'ab'.repeat(16) }
const path = { ...job, attempt: 1 }
const resultPath = `default/${job.jobId}/1`
const manifestOf = (directory: string) => `{"claim":"${basename(directory)}"}\n`

type Contract = (what: string, body: (store: BlobStore) => Promise<void>) => void

export interface StoreUnderTest {
  /** Gives an empty store and cleans up behind. */
  readonly use: (body: (store: BlobStore) => Promise<void>) => Promise<void>
  /** Whether what is being staged lies in the store already, where `entries` shows it. */
  readonly stagesInside: boolean
}

/** What every artifact store does. */
export function blobStoreContract(title: string, { use, stagesInside }: StoreUnderTest): void {
  const contract: Contract = (what, body) => test(`${title}: ${what}`, () => use(body))
  publishing(contract)
  discarding(contract)
  listingAndRemoving(contract)
  if (stagesInside) stagingInside(contract)
  hostileNames(contract)
}

function publishing(contract: Contract): void {
  contract('what was staged is invisible until it is published, and then whole', async (store) => {
    const staging = await store.stage(path, 'pod-1')
    write(staging, 'one')
    await assert.rejects(store.open(resultPath), { code: 'artifacts_missing' })
    assert.equal(await staging.publish(), 'published')
    assert.equal(readFileSync(join(await store.open(resultPath), 'a.txt'), 'utf8'), 'one')
  })

  contract('of two writers of one attempt the first one wins, and the other replaces nothing', async (store) => {
    const [first, second] = [await store.stage(path, 'pod-1'), await store.stage(path, 'pod-2')]
    assert.notEqual(first.directory, second.directory)
    write(first, 'first')
    write(second, 'second')
    assert.equal(await second.publish(), 'published')
    assert.equal(await first.publish(), 'taken')
    await first.discard()
    assert.equal(readFileSync(join(await store.open(resultPath), 'a.txt'), 'utf8'), 'second')
    assert.deepEqual(
      (await list(store)).map(({ name }) => name),
      ['1'],
    )
  })
}

function discarding(contract: Contract): void {
  contract('a discarded staging leaves nothing, also after it was published', async (store) => {
    const staging = await store.stage(path, 'pod-1')
    write(staging, 'one')
    await staging.publish()
    await staging.discard()
    await staging.discard()
    await assert.rejects(store.open(resultPath), { code: 'artifacts_missing' })
    assert.deepEqual(await list(store), [])
  })

  contract('discarding one attempt leaves the others', async (store) => {
    await fill(store, 1)
    const second = await store.stage({ ...job, attempt: 2 }, 'pod-1')
    await second.discard()
    assert.ok(existsSync(await store.open(resultPath)))
  })

  contract('the same claim starts again from an empty folder', async (store) => {
    const before = await store.stage(path, 'pod-1')
    writeFileSync(join(before.directory, 'left.txt'), 'x')
    const again = await store.stage(path, 'pod-1')
    assert.deepEqual(readdirSync(again.directory), [])
  })

  contract('a claim that is no file name stages in a plain folder all the same', async (store) => {
    const staging = await store.stage(path, '../../etc/passwd')
    assert.match(basename(staging.directory), /^\.staging-1-[0-9a-f]{32}$/)
  })

  contract('a writer that discards after another one published takes none of its files', async (store) => {
    const [first, second] = [await store.stage(path, 'pod-1'), await store.stage(path, 'pod-2')]
    write(first, 'one')
    write(second, 'one')
    assert.equal(await first.publish(), 'published')
    assert.equal(await second.publish(), 'taken')
    await second.discard()
    assert.equal(readFileSync(join(await store.open(resultPath), 'a.txt'), 'utf8'), 'one')
  })

  contract('a writer may publish what another one published and took back', async (store) => {
    const [first, second] = [await store.stage(path, 'pod-1'), await store.stage(path, 'pod-2')]
    write(first, 'first')
    write(second, 'second')
    await first.publish()
    await first.discard()
    assert.equal(await second.publish(), 'published')
    assert.equal(readFileSync(join(await store.open(resultPath), 'a.txt'), 'utf8'), 'second')
  })

  contract('a writer that takes back while others publish leaves a whole result or none', async (store) => {
    for (let round = 1; round <= 8; round++) {
      const writers = await Promise.all(
        ['a', 'b', 'c'].map((pod) => store.stage({ ...job, attempt: round }, `pod-${pod}`)),
      )
      for (const writer of writers) write(writer, 'one')
      const [, ...others] = writers
      const done = await Promise.all([
        writers[0]!.publish().finally(() => writers[0]!.discard()),
        ...others.map((writer) => writer.publish()),
      ])
      const winners = done.slice(1).filter((outcome) => outcome === 'published').length
      assert.ok(winners <= 1)
      if (winners === 0) continue
      const folder = await store.open(`default/${job.jobId}/${round}`)
      assert.deepEqual(readdirSync(folder).sort(), ['a.txt', 'manifest.json'])
    }
  })
}

function stagingInside(contract: Contract): void {
  contract('what is being staged is listed as such', async (store) => {
    await fill(store, 12)
    await store.stage({ ...job, attempt: 13 }, 'pod-1')
    const staged = (await list(store)).filter(({ kind }) => kind === 'staging')
    assert.deepEqual(
      staged.map((entry) => 'attempt' in entry && entry.attempt),
      [13],
    )
  })
}

function listingAndRemoving(contract: Contract): void {
  contract('every entry is listed with its kind', async (store) => {
    await fill(store, 1)
    await fill(store, 12)
    const kinds = (await list(store)).map((entry) => ('attempt' in entry ? [entry.kind, entry.attempt] : [entry.kind]))
    assert.deepEqual(kinds, [
      ['attempt', 1],
      ['attempt', 12],
    ])
  })

  contract('a removed attempt is gone and the others stay; removing it again finds nothing', async (store) => {
    await fill(store, 1)
    await fill(store, 2)
    assert.equal(await store.remove({ ...job, name: '1' }), 'removed')
    assert.equal(await store.remove({ ...job, name: '1' }), 'absent')
    assert.deepEqual(
      (await list(store)).map(({ name }) => name),
      ['2'],
    )
  })

  contract('a removed job is gone with all its attempts', async (store) => {
    await fill(store, 1)
    await fill(store, 2)
    assert.equal(await store.removeJob(job), 'removed')
    assert.equal(await store.removeJob(job), 'absent')
    assert.deepEqual(await list(store), [])
  })

  contract('usage counts the bytes of the files', async (store) => {
    assert.equal((await store.usage()).bytes, 0)
    await fill(store, 1)
    await fill(store, 2)
    assert.equal((await store.usage()).bytes, 2 * ('one'.length + manifestOf('.staging-1-pod-1').length))
  })
}

function hostileNames(contract: Contract): void {
  const hostile = [
    null,
    '',
    '.',
    '..',
    '/',
    'default',
    `default/${job.jobId}`,
    `default/${job.jobId}/`,
    `../${job.jobId}/1`,
  ]
  for (const bad of [
    ...hostile,
    `default/${job.jobId}/1/..`,
    `default/${job.jobId}/01`,
    `default/${'../'.repeat(11)}/1`,
  ]) {
    contract(`the result path ${JSON.stringify(bad)} opens nothing`, async (store) => {
      await fill(store, 1)
      await assert.rejects(store.open(bad), { code: 'artifacts_missing' })
    })
  }

  const unsafe = [
    { namespace: '..', jobId: job.jobId, name: '1' },
    { namespace: 'default', jobId: '..', name: '1' },
    { namespace: 'default', jobId: job.jobId, name: '..' },
    { namespace: 'default', jobId: job.jobId, name: '' },
  ]
  for (const entry of unsafe) {
    contract(`removing ${JSON.stringify(entry)} is refused and touches nothing`, async (store) => {
      await fill(store, 1)
      assert.equal(await store.remove(entry), 'unsafe')
      assert.ok(existsSync(await store.open(resultPath)))
    })
  }

  contract('removing a job by a name that climbs out is refused', async (store) => {
    await fill(store, 1)
    assert.equal(await store.removeJob({ namespace: 'default', jobId: '.' }), 'unsafe')
    assert.equal(await store.removeJob({ namespace: '.', jobId: 'default' }), 'unsafe')
    assert.ok(existsSync(await store.open(resultPath)))
  })
}

/** The least that makes an attempt: one file, and the manifest last. */
function write({ directory }: Staging, text: string): void {
  writeFileSync(join(directory, 'a.txt'), text)
  // As in a real one, something in it is its writer's alone.
  writeFileSync(join(directory, 'manifest.json'), manifestOf(directory))
}

async function fill(store: BlobStore, attempt: number): Promise<void> {
  const staging = await store.stage({ ...job, attempt }, 'pod-1')
  write(staging, 'one')
  assert.equal(await staging.publish(), 'published')
}

async function list(store: BlobStore): Promise<StoreEntry[]> {
  const found: StoreEntry[] = []
  for await (const entry of store.entries()) found.push(entry)
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}
