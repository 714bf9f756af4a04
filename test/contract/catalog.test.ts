import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type DatasetCatalog, folderCatalog } from '../../storage/in/catalog.ts'
import { ledgerCatalog } from '../../storage/in/ledger-catalog.ts'
import { openDatasets } from '../../storage/in/store/open-datasets.ts'
import { pushSnapshot } from '../../storage/in/store/push-snapshot.ts'
import { synthesise } from '../../storage/in/synth.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { openLedger } from '../../storage/ledger/open.ts'

const root = mkdtempSync(join(tmpdir(), 'hindcast-catalog-'))
const home = join(root, 'home', 'datasets')
const ids: string[] = []
let ledger: Ledger
const catalogs: Record<string, () => DatasetCatalog> = {
  folders: () => folderCatalog(home),
  record: () => ledgerCatalog(ledger),
}

before(async () => {
  ledger = await openLedger({ home: join(root, 'record') })
  const store = openDatasets({ kind: 'files', root: join(root, 'volume'), claim: null })
  for (const [dataset, seed] of [
    ['demo', 1],
    ['demo', 2],
    ['other', 3],
  ] as const) {
    const { record } = await synthesise({
      datasetsDir: home,
      dataset,
      names: 5,
      days: 30,
      seed,
      now: () => seed * 1e12,
    })
    await pushSnapshot({ datasetsDir: home, snapshot: record.snapshotId, createdBy: 'ada' }, store, ledger)
    ids.push(record.snapshotId)
  }
})
after(async () => {
  await ledger.close()
  rmSync(root, { recursive: true, force: true })
})

for (const [name, open] of Object.entries(catalogs)) {
  test(`${name}: what can be planned with is every snapshot and the newest of each dataset`, async () => {
    const { newest, snapshots } = await open().read()
    assert.deepEqual([...newest].sort(), [
      ['demo', ids[1]],
      ['other', ids[2]],
    ])
    assert.deepEqual([...snapshots.keys()].sort(), [...ids].sort())
  })

  test(`${name}: datasets are listed by name, their snapshots oldest first`, async () => {
    const listed = await open().list()
    assert.deepEqual(
      listed.map(({ dataset, newest, snapshots, damaged }) => [
        dataset,
        newest,
        snapshots.map(({ snapshotId }) => snapshotId),
        damaged,
      ]),
      [
        ['demo', ids[1], ids.slice(0, 2), []],
        ['other', ids[2], ids.slice(2), []],
      ],
    )
  })

  test(`${name}: a dataset shows its newest snapshot, an id its own`, async () => {
    assert.equal((await open().show('demo')).snapshotId, ids[1])
    assert.equal((await open().show(ids[0]!)).snapshotId, ids[0])
  })

  test(`${name}: a name or an id that is not there is refused as what it is`, async () => {
    await assert.rejects(open().show('nobody'), { code: 'dataset_not_found' })
    await assert.rejects(open().show('../demo'), { code: 'dataset_not_found' })
    await assert.rejects(open().show('demo-00000000'), { code: 'snapshot_not_found' })
  })
}

test('both catalogues say the same of a snapshot, but when it came', async () => {
  for (const id of ids) {
    const [{ createdAt: a, ...inFolder }, { createdAt: b, ...inRecord }] = await Promise.all([
      folderCatalog(home).show(id),
      ledgerCatalog(ledger).show(id),
    ])
    assert.deepEqual(inRecord, inFolder)
  }
  const plans = await Promise.all(Object.values(catalogs).map((open) => open().read()))
  assert.deepEqual(plans[1]?.snapshots.get(ids[0]!), plans[0]?.snapshots.get(ids[0]!))
})
