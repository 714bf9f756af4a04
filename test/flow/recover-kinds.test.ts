import { strict as assert } from 'node:assert'
import { rmSync } from 'node:fs'
import { after, test } from 'node:test'
import { openPglite } from '../../storage/ledger/open.ts'
import { cli, document, manifest, TINY, workFolder } from './cli-process.ts'

/** `migrate --recover` for the kinds that have rows besides their job's. */
const work = workFolder()
after(work.remove)

const hindcast = (...args: readonly string[]) => cli([...args, '--home', work.path('home')], { cwd: work.dir })

const WALK = {
  backtest: { dataset: 'tiny', alpha: { name: 'reversal' }, startDate: '2015-01-05', endDate: '2015-12-31' },
  windows: { trainMonths: 4, testMonths: 2, stepMonths: 4, minTrainDays: 60 },
  search: { parameters: { lookbackDays: [5, 10], winsorizePct: [0.01, 0.05] } },
}

test('windows and intervals that were lost come back as they had been committed', async () => {
  const files = [
    manifest('source'),
    document('WalkForward', 'walk', WALK),
    document('MonteCarlo', 'paths', { backtestRef: { name: 'source' }, simulations: 500 }),
  ]
  work.write('all.yaml', files.join('---\n'))
  assert.equal((await hindcast(...TINY)).code, 0)
  const ran = await hindcast('run', 'all.yaml', '-o', 'json')
  assert.equal(ran.code, 0, ran.err)
  const jobIds: string[] = JSON.parse(ran.out).map(({ jobId }: { jobId: string }) => jobId)
  const before = await rowsOf(jobIds)
  assert.deepEqual(
    before.map(({ windows, intervals }) => [windows.length, intervals.length]),
    [
      [0, 0],
      [2, 0],
      [0, 4],
    ],
  )
  rmSync(work.path('home/ledger'), { recursive: true })
  const recovered = await hindcast('migrate', '--recover')
  assert.deepEqual([recovered.code, recovered.out.match(/^recovered default\//gm)?.length], [0, 3], recovered.out)
  assert.deepEqual(await rowsOf(jobIds), before)
})

/** What the record holds of completed jobs. */
async function rowsOf(jobIds: readonly string[]) {
  const ledger = await openPglite(work.path('home'))
  try {
    const rows = []
    for (const jobId of jobIds) {
      const job = await ledger.findJob(jobId)
      const { status, attempt, metrics, contentSha256, alphaName, kind } = job!
      const windows = await ledger.findWindows(jobId, attempt)
      const intervals = await ledger.findIntervals(jobId, attempt)
      rows.push({ status, attempt, metrics, contentSha256, alphaName, kind, windows, intervals })
    }
    return rows
  } finally {
    await ledger.close()
  }
}
