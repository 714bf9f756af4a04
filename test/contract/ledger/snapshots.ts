import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { sha256Hex } from '../../../core/identity.ts'
import type { NewSnapshot } from '../../../storage/ledger/ledger.ts'
import type { Bench } from './builders.ts'

let counter = 0

/** A snapshot of a dataset that nobody knows yet. */
function dataset(): string {
  counter += 1
  return `data${counter}`
}

function snapshot(name: string, content: string, change: Partial<NewSnapshot> = {}): NewSnapshot {
  const fullSha256 = sha256Hex(content)
  const role = (word: string, text: string) => ({
    role: word,
    version: 9,
    columns: ['permno', 'date'],
    rows: 3,
    contentSha256: sha256Hex(text),
    file: `${word}.parquet`,
    bytes: 30,
  })
  return {
    snapshotId: `${name}-${fullSha256.slice(0, 8)}`,
    dataset: name,
    fullSha256,
    location: `s3://bucket/${name}`,
    startDate: '2015-01-02',
    endDate: '2015-12-31',
    preset: 'native',
    names: 2,
    dates: 252,
    roles: [role('crsp', content), role('securities', 'the same names')],
    files: [{ file: 'crsp.parquet', bytes: 30, sha256: sha256Hex('file') }],
    quality: { findings: [] },
    createdBy: 'ada',
    securities: [
      { permno: 10004, ticker: 'AAPL', name: 'Apple', firstDate: '2015-01-02', lastDate: '2015-12-31' },
      { permno: 10001, ticker: null, name: null, firstDate: null, lastDate: null },
    ],
    ...change,
  }
}

/** The catalogue of a cluster in the record. */
export function snapshotsContract(engine: string, bench: () => Bench): void {
  test(`${engine}: a snapshot that was inserted is found, is the newest, and names its securities`, async () => {
    const { ledger } = bench()
    const given = snapshot(dataset(), 'one')
    const { inserted, snapshot: stored } = await ledger.insertSnapshot(given)
    assert.equal(inserted, true)
    const { securities, roles, ...rest } = given
    const { createdAt, pinned, roles: storedRoles, ...found } = stored
    assert.deepEqual(found, rest)
    assert.deepEqual(
      storedRoles.map(({ version }) => version),
      [1, 1],
    )
    assert.deepEqual(await ledger.findSnapshot(given.snapshotId), stored)
    assert.deepEqual(await ledger.newestSnapshot(given.dataset), stored)
    assert.equal((await ledger.newestSnapshots()).get(given.dataset), given.snapshotId)
    const { snapshotId, dataset: name, fullSha256, startDate, endDate } = given
    assert.deepEqual(
      (await ledger.snapshotEntries()).filter((one) => one.dataset === name),
      [{ snapshotId, dataset: name, fullSha256, startDate, endDate, roles: storedRoles, newest: true }],
    )
    assert.deepEqual(await ledger.findSecurities(given.snapshotId), [securities[1], securities[0]])
    assert.deepEqual(await ledger.findSecurities(given.snapshotId, [10004, 1]), [securities[0]])
  })

  test(`${engine}: what was never inserted is not found`, async () => {
    const { ledger } = bench()
    assert.equal(await ledger.findSnapshot('none-00000000'), null)
    assert.equal(await ledger.newestSnapshot('none'), null)
    assert.deepEqual(await ledger.listSnapshots('none'), [])
  })

  test(`${engine}: the same snapshot again inserts nothing and is the newest again, in its new place`, async () => {
    const { ledger } = bench()
    const name = dataset()
    const [first, second] = [snapshot(name, 'one'), snapshot(name, 'two')]
    const { snapshot: stored } = await ledger.insertSnapshot(first)
    await ledger.insertSnapshot(second)
    assert.equal((await ledger.newestSnapshot(name))?.snapshotId, second.snapshotId)
    const again = await ledger.insertSnapshot({ ...first, location: 's3://other' })
    assert.deepEqual(again, { inserted: false, snapshot: { ...stored, location: 's3://other' } })
    assert.equal((await ledger.newestSnapshot(name))?.snapshotId, first.snapshotId)
    assert.deepEqual(
      (await ledger.listSnapshots(name)).map(({ snapshotId }) => snapshotId),
      [first.snapshotId, second.snapshotId],
    )
  })

  test(`${engine}: an id that is known with another hash is refused, and nothing of it stays`, async () => {
    const { ledger } = bench()
    const given = snapshot(dataset(), 'one')
    const { snapshot: stored } = await ledger.insertSnapshot(given)
    const other = `${given.fullSha256.slice(0, 8)}${'0'.repeat(56)}`
    await assert.rejects(ledger.insertSnapshot({ ...given, fullSha256: other, location: 's3://x' }), {
      code: 'data_invalid',
    })
    assert.deepEqual(await ledger.findSnapshot(given.snapshotId), stored)
  })

  test(`${engine}: a content keeps its version number, a new one gets the next`, async () => {
    const { ledger } = bench()
    const name = dataset()
    const contents = ['one', 'two', 'three']
    for (const content of contents) await ledger.insertSnapshot(snapshot(name, content))
    const listed = await ledger.listSnapshots(name)
    assert.deepEqual(
      listed.map(({ roles }) => roles.map(({ version }) => version)),
      [
        [1, 1],
        [2, 1],
        [3, 1],
      ],
    )
  })

  test(`${engine}: imports of one dataset at once get different numbers`, async () => {
    const { ledger } = bench()
    const name = dataset()
    await Promise.all(Array.from({ length: 6 }, (_, i) => ledger.insertSnapshot(snapshot(name, `content ${i}`))))
    const versions = (await ledger.listSnapshots(name)).map(({ roles }) => roles[0]!.version)
    assert.deepEqual(versions.sort(), [1, 2, 3, 4, 5, 6])
  })

  test(`${engine}: a ticker longer than its column is cut, not refused`, async () => {
    const { ledger } = bench()
    const long = { permno: 1, ticker: 'x'.repeat(40), name: 'y'.repeat(300), firstDate: null, lastDate: null }
    const given = snapshot(dataset(), 'one', { securities: [long] })
    await ledger.insertSnapshot(given)
    const [found] = await ledger.findSecurities(given.snapshotId)
    assert.deepEqual([found?.ticker?.length, found?.name?.length], [32, 255])
  })
}
