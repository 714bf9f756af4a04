import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseStore } from '../../storage/blobs/store-config.ts'
import { openPanel } from '../../storage/in/open-panel.ts'
import { openDatasets } from '../../storage/in/store/open-datasets.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { openPostgres } from '../../storage/ledger/open.ts'
import { cli, startCli, TINY, workFolder } from '../flow/cli-process.ts'
import { PATIENT, startPostgres, type TestPostgres } from './postgres.ts'
import { startS3, type TestS3 } from './s3.ts'

const KILLS = 12
const [s3, postgres] = await Promise.all([startS3(), startPostgres(15)])
if ('skipped' in s3) test('dataset push', { skip: s3.skipped }, () => {})
else if ('skipped' in postgres) test('dataset push', { skip: postgres.skipped }, () => {})
else suite(s3, postgres)

function suite(server: TestS3, database: TestPostgres): void {
  const work = workFolder()
  const env = { ...server.env, HINDCAST_SCRATCH: work.path('scratch'), DATABASE_URL: database.url }
  const run = (args: readonly string[], change: Record<string, string> = {}) =>
    cli(args, { cwd: work.dir, env: { ...env, ...change } })
  let ledger: Ledger
  let id = ''

  before(async () => {
    ledger = await openPostgres(database.url, { migrate: true, limits: PATIENT })
    assert.equal((await cli(TINY, { cwd: work.dir })).code, 0)
    const contexts = [{ name: 'here', context: { cluster: 'here', user: 'me' } }]
    const clusters = [{ name: 'here', cluster: { server: 'https://127.0.0.1:1' } }]
    const users = [{ name: 'me', user: {} }]
    work.write('kubeconfig', JSON.stringify({ contexts, clusters, users, 'current-context': 'here' }))
    const shown = await cli(['dataset', 'show', 'tiny', '-o', 'json'], { cwd: work.dir })
    id = (JSON.parse(shown.out) as { snapshotId: string }).snapshotId
  })
  after(async () => {
    await ledger.close()
    await Promise.all([server.stop(), database.stop()])
    work.remove()
  })

  /** The panel that a pod with these stores would compute on. */
  async function readable(store: string): Promise<void> {
    const snapshot = await ledger.findSnapshot(id)
    assert.ok(snapshot !== null)
    const datasetsDir = await openDatasets(parseStore(store, env)).fetch(snapshot)
    const panel = await openPanel({ datasetsDir, snapshot, allocate: (bytes) => new ArrayBuffer(bytes) })
    assert.equal(panel.dates.length, snapshot.dates)
  }

  test(`killed at ${KILLS} moments, a push makes nothing half written known, and the next one ends it`, async () => {
    const store = server.bucket('kills')
    let landed = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const child = startCli(['dataset', 'push', id, '--store', store], { cwd: work.dir, env })
      const ended = new Promise((resolve) => child.once('close', resolve))
      // From before the first call to about the last one; what was met is counted, not assumed.
      await sleep(250 + kill * 60)
      if (child.exitCode === null) landed += 1
      child.kill('SIGKILL')
      await ended
      // Known means whole.
      if ((await ledger.findSnapshot(id)) !== null) await readable(store)
    }
    assert.ok(landed > 0, 'no kill met a running push')
    assert.equal((await run(['dataset', 'push', id, '--store', store])).code, 0)
    await readable(store)
  })

  test('a push says where the snapshot is, and pushed again that it is there', async () => {
    const store = server.bucket('again')
    const first = await run(['dataset', 'push', 'tiny', '--store', `${store}&region=us-east-1`, '-o', 'json'])
    assert.equal(first.code, 0, first.err)
    const { snapshotId, location, copied } = JSON.parse(first.out) as Record<string, unknown>
    assert.deepEqual([snapshotId, location, copied], [id, `s3://again/tiny/${id}`, true])
    const again = await run(['dataset', 'push', 'tiny', '--store', store])
    assert.equal(again.code, 0)
    assert.match(again.out, /was there already: s3:\/\/again/)
  })

  test('a push through a pipe ends in the store and the catalogue of the other end', async () => {
    const volume = `file://${work.path('piped')}?claim=data`
    const main = join(import.meta.dirname, '../../cli/main.ts')
    const command = `"${process.execPath}" "${main}" dataset`
    const receive = `DATABASE_URL="${database.url}" ${command} receive --store "${volume}"`
    const shell = `${command} push tiny --store - | ${receive}`
    const piped = spawnSync('sh', ['-c', shell], { cwd: work.dir, encoding: 'utf8', env: { PATH: process.env.PATH } })
    assert.equal(piped.status, 0, piped.stderr)
    assert.match(piped.stdout, /copied, [\d.]+ MB: pvc:data\/tiny/)
    await readable(volume)
    assert.deepEqual(readdirSync(work.path('piped')).sort(), ['.lock', 'tiny'])
  })

  test('a pipe that breaks leaves nothing, and both ends say so', async () => {
    const volume = work.path('broken')
    const main = join(import.meta.dirname, '../../cli/main.ts')
    const command = `"${process.execPath}" "${main}" dataset`
    const receive = `DATABASE_URL="${database.url}" ${command} receive --store "${volume}"`
    const shell = `${command} push tiny --store - | head -c 100000 | ${receive}`
    const piped = spawnSync('sh', ['-c', shell], { cwd: work.dir, encoding: 'utf8', env: { PATH: process.env.PATH } })
    assert.equal(piped.status, 3)
    assert.match(piped.stderr, /ended \d+ bytes early/)
    assert.deepEqual(readdirSync(volume), ['.lock'])
  })

  test('an import with --store ends in the home, the store and the catalogue', async () => {
    const days = Array.from({ length: 40 }, (_, k) => new Date(Date.UTC(2020, 0, 1 + k)).toISOString().slice(0, 10))
    const rows = days.flatMap((day, k) => [1, 2].map((permno) => `${permno},${day},0.0${k % 7},${20 + k},100,5`))
    work.write('prices.csv', ['permno,date,ret,prc,vol,shrout', ...rows].join('\n'))
    const volume = `file://${work.path('volume')}?claim=data`
    const done = await run(['dataset', 'import', 'mine', '--prices', 'prices.csv', '--store', volume, '-o', 'json'])
    assert.equal(done.code, 0, done.err)
    const { snapshotId, pushed } = JSON.parse(done.out) as { snapshotId: string; pushed: Record<string, unknown> }
    assert.equal(pushed.location, `pvc:data/mine/${snapshotId}`)
    assert.equal((await ledger.newestSnapshot('mine'))?.snapshotId, snapshotId)
    assert.equal((await ledger.findSecurities(snapshotId)).length, 2)
  })

  test('what a push brought is listed and shown with its place, newest first, by who has no home', async () => {
    const store = server.bucket('catalogue')
    assert.equal((await run(['dataset', 'push', id, '--store', store])).code, 0)
    const elsewhere = workFolder()
    const there = (args: readonly string[]) => cli(args, { cwd: elsewhere.dir, env: { DATABASE_URL: database.url } })
    const listed = await there(['dataset', 'list', '--database', '-o', 'json'])
    assert.equal(listed.code, 0, listed.err)
    const row = (JSON.parse(listed.out) as Record<string, unknown>[]).find(({ snapshotId }) => snapshotId === id)
    assert.deepEqual([row?.newest, row?.location], [true, `s3://catalogue/tiny/${id}`])
    assert.match((await there(['dataset', 'list', '--database'])).out, /location\n(?:.*\n)*.*s3:\/\/catalogue\/tiny\//)
    const home = await cli(['dataset', 'show', 'tiny', '-o', 'json'], { cwd: work.dir })
    const shown = await there(['dataset', 'show', 'tiny', '--database', '-o', 'json'])
    const { location, createdAt, ...record } = JSON.parse(shown.out) as Record<string, unknown>
    const { createdAt: importedAt, ...own } = JSON.parse(home.out) as Record<string, unknown>
    assert.equal(location, `s3://catalogue/tiny/${id}`)
    assert.deepEqual(record, own)
    assert.match((await there(['dataset', 'show', id, '--database'])).out, /location +s3:\/\/catalogue\/tiny\//)
    elsewhere.remove()
  })

  const reads: readonly [what: string, args: string[], url: string, code: number, why: RegExp][] = [
    ['a list without DATABASE_URL', ['list'], '', 2, /"dataset list --database" needs the record of a cluster/],
    ['a list that reaches no database', ['list'], 'postgres://u:s3cret@127.0.0.1:1/x', 7, /127\.0\.0\.1/],
    ['a dataset that is not there', ['show', 'other'], database.url, 3, /neither a dataset nor a snapshot of the cata/],
    ['a snapshot that is not there', ['show', 'tiny-00000000'], database.url, 3, /is not in the catalogue/],
  ]
  for (const [what, args, url, code, why] of reads) {
    test(`${what} is told so, whatever the home has`, async () => {
      const done = await run(['dataset', ...args, '--database'], { DATABASE_URL: url })
      assert.equal(done.code, code, done.err)
      assert.match(done.err, why)
      assert.ok(!done.err.includes('s3cret'))
    })
  }

  const refused: readonly [what: string, args: string[], change: Record<string, string>, code: number, why: RegExp][] =
    [
      ['without DATABASE_URL', ['--store', 's3://some'], { DATABASE_URL: '' }, 2, /set DATABASE_URL/],
      ['without keys', ['--store', 's3://some'], { HINDCAST_S3_ACCESS_KEY_ID: '' }, 2, /HINDCAST_S3_ACCESS_KEY_ID/],
      ['to what is no store', ['--store', 'bucket'], {}, 2, /s3:\/\/bucket/],
      ['to a bucket that is not there', ['--store', `s3://nobody?endpoint=${server.endpoint}`], {}, 3, /bucket|404/],
      ['without a place', [], {}, 2, /--store.*--context/],
      ['to two places', ['--store', '/data', '--context', 'x'], {}, 2, /either to --store, or to --context/],
      ['to a store with flags of a cluster', ['--store', '/data', '-n', 'x'], {}, 2, /either to --store/],
      ['to a cluster out of reach', ['--context', 'here'], { KUBECONFIG: work.path('kubeconfig') }, 7, /run it again/],
      ['to no context', ['--context', 'x'], { KUBECONFIG: work.path('kubeconfig') }, 7, /no context x.*has here/],
    ]
  for (const [what, args, change, code, why] of refused) {
    test(`a push ${what} is refused with what to do, and shows no secret`, async () => {
      const done = await run(['dataset', 'push', id, ...args], change)
      assert.equal(done.code, code, done.err)
      assert.match(done.err, why)
      assert.ok(!done.err.includes(server.env.HINDCAST_S3_SECRET_ACCESS_KEY as string))
    })
  }

  test('a push with the wrong keys is refused as what it is', async () => {
    const store = server.bucket('locked')
    const done = await run(['dataset', 'push', id, '--store', store], { HINDCAST_S3_SECRET_ACCESS_KEY: 'not-the-key' })
    assert.equal(done.code, 3)
    assert.match(done.err, /403 SignatureDoesNotMatch/)
    assert.ok(!done.err.includes('not-the-key'))
  })

  test('an import whose cluster is out of reach imports nothing', async () => {
    const away = { DATABASE_URL: 'postgres://u:s3cret@127.0.0.1:1/x' }
    const args = ['dataset', 'import', 'other', '--prices', 'prices.csv', '--store', server.bucket('away')]
    const done = await run(args, away)
    assert.equal(done.code, 7)
    assert.ok(!done.err.includes('s3cret'))
    assert.equal((await run(['dataset', 'show', 'other'])).code, 3)
  })
}
