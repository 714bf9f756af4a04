import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { cli, document, workFolder } from './cli-process.ts'

/** The same computation in two processes that share nothing: other rows first, other files, other threads. */
const work = workFolder()
after(work.remove)

const BACKTEST = document('Backtest', 'twice', {
  dataset: 'prices',
  alpha: { name: 'reversal', parameters: { lookbackDays: 30 } },
  startDate: '2015-03-02',
  endDate: '2015-11-30',
  weightMethod: 'quantile',
  costModel: { bpsPerTrade: 3 },
  quantiles: { holdingPeriodDays: 5, minTotalDates: 20 },
})

const HEADER = 'permno,date,ret,prc,vol,shrout'

/** 70 names on 300 weekdays, with ties, blanks and holes; nothing random. */
function rows(): string[] {
  const first = Date.UTC(2015, 0, 5)
  const lines: string[] = []
  for (let day = 0; day < 300; day++) {
    const date = new Date(first + (7 * Math.floor(day / 5) + (day % 5)) * 86_400_000).toISOString().slice(0, 10)
    for (let name = 0; name < 70; name++) {
      const mixed = (name * 7919 + day * 104_729 + name * day * 31) % 1009
      if (mixed % 97 === 0) continue
      const ret = mixed % 89 === 0 ? '' : String((mixed - 504) / 20_000)
      lines.push(`${10_001 + name},${date},${ret},${20 + (mixed % 50)},${1000 + mixed},${500 + name}`)
    }
  }
  return lines
}

const ORDERS: readonly [title: string, order: (lines: string[]) => string[][], threads: string][] = [
  ['one file by date, one thread', (lines) => [lines], '1'],
  ['the rows backwards, two threads', (lines) => [lines.toReversed()], '2'],
  ['three files, dealt out, four threads', (lines) => [0, 1, 2].map((k) => lines.filter((_, i) => i % 3 === k)), '4'],
]

test('shuffled input rows and other thread counts give the same snapshot, job and bytes', async () => {
  const found: unknown[] = []
  for (const [title, order, threads] of ORDERS) {
    const home = work.path(`home-${threads}`)
    const files = order(rows()).map((lines, k) =>
      work.write(`prices-${threads}-${k}.csv`, [HEADER, ...lines].join('\n')),
    )
    const imported = await cli(['dataset', 'import', 'prices', '--prices', ...files, '--home', home], { cwd: work.dir })
    assert.equal(imported.code, 0, imported.err)
    const manifest = work.write('twice.yaml', BACKTEST)
    const ended = await cli(['run', manifest, '--home', home, '--threads', threads, '-o', 'json'], { cwd: work.dir })
    assert.equal(ended.code, 0, `${title}: ${ended.err}`)
    const [record] = JSON.parse(ended.out)
    assert.equal(record.reused, false)
    found.push({ jobId: record.jobId, snapshotId: record.snapshotId, files: hashes(record.resultPath) })
  }
  assert.deepEqual(found[1], found[0])
  assert.deepEqual(found[2], found[0])
})

/** SHA-256 of every file of a result but manifest.json, which alone knows times and attempts. */
function hashes(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => name !== 'manifest.json')
  assert.ok(names.length >= 8, names.join())
  return Object.fromEntries(
    names.sort().map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(directory, name)))
        .digest('hex'),
    ]),
  )
}
