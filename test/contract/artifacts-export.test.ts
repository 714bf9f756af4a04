import { strict as assert } from 'node:assert'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileStore } from '../../storage/blobs/files.ts'
import { commitAttempt } from '../../storage/out/commit-attempt.ts'
import { exportResult } from '../../storage/out/export.ts'
import { type OpenedResult, openResult } from '../../storage/out/read-result.ts'
import type { Receipt } from '../../storage/out/receipt.ts'
import { recoverRow } from '../../storage/out/recover.ts'
import { COST_MODEL, QUANTILES, samplePlan, sampleResult } from './sample-result.ts'

const plan = samplePlan({ costModel: COST_MODEL, quantiles: QUANTILES })
const result = sampleResult({ costs: true, quantiles: true, blend: true })

interface World {
  readonly root: string
  readonly opened: OpenedResult
  readonly receipt: Receipt
  /** A path that does not exist yet. */
  readonly target: string
}

/** One committed result with everything, and a place to export to. */
async function withResult(body: (world: World) => Promise<void>): Promise<void> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'hindcast-export-')))
  try {
    const store = fileStore(join(root, 'artifacts'))
    const committed = await commitAttempt(
      {
        plan,
        result,
        name: 'sample',
        attempt: 3,
        claim: 'pod-1',
        engineVersion: '0.1.0',
        image: 'sha256:abc',
        startedAt: new Date('2026-01-02T03:04:05Z'),
        completedAt: new Date('2026-01-02T03:04:06Z'),
        peakMemoryBytes: 5,
      },
      { store, record: async () => 'recorded' },
    )
    assert.ok(committed.outcome === 'recorded')
    const opened = await openResult(store, committed.receipt, { verify: true })
    await body({ root, opened, receipt: committed.receipt, target: join(root, 'out', 'deep') })
  } finally {
    rmSync(root, { recursive: true })
  }
}

const text = (target: string, name: string) => readFileSync(join(target, name), 'utf8')

test('an export holds every artifact as it is, as CSV, and the result as JSON', async () => {
  await withResult(async ({ opened, target }) => {
    const names = await exportResult(opened, target)
    assert.deepEqual(readdirSync(target).sort(), names)
    assert.deepEqual(readdirSync(dirname(target)), [basename(target)])
    assert.equal(statSync(target).mode & 0o777, 0o777 & ~process.umask())
    for (const csv of ['signals', 'weights', 'ic_series', 'returns', 'net_returns', 'decay_curve', 'metrics_summary']) {
      assert.ok(names.includes(`${csv}.csv`), csv)
    }
    for (const { name } of opened.manifest.files.filter((file) => file.rows !== null)) {
      assert.deepEqual(readFileSync(join(target, name)), readFileSync(join(opened.directory, name)))
    }
    const found = JSON.parse(text(target, 'result.json'))
    assert.equal(found.snapshot_id, plan.backtest.snapshotId)
    assert.equal(found.config.weightMethod, 'zscore')
    assert.equal(found.content_sha256, opened.manifest.contentSha256)
  })
})

test('CSV headers are those of the contract, and a row count matches its table', async () => {
  await withResult(async ({ opened, target }) => {
    await exportResult(opened, target)
    const headers = {
      'signals.csv': 'date,permno,signal',
      'weights.csv': 'date,permno,weight',
      'ic_series.csv': 'date,ic,rank_ic',
      'returns.csv': 'date,return,cumulative_return',
      'net_returns.csv': 'date,gross_return,cost_drag,net_return',
    }
    for (const [name, header] of Object.entries(headers)) assert.equal(text(target, name).split('\r\n')[0], header)
    const rows = opened.manifest.files.find(({ name }) => name === 'daily_signals.parquet')?.rows
    assert.equal(text(target, 'signals.csv').split('\r\n').length - 2, rows)
  })
})

test('the cumulative return compounds, and a day without a number leaves it where it was', async () => {
  await withResult(async ({ opened, target }) => {
    await exportResult(opened, target)
    let wealth = 1
    const wanted = [...result.portfolioReturns.values].map((value) => {
      if (Number.isFinite(value)) wealth *= 1 + value
      return String(wealth - 1)
    })
    const lines = text(target, 'returns.csv').trim().split('\r\n').slice(1)
    assert.deepEqual(
      lines.map((line) => line.split(',')[2]),
      wanted,
    )
  })
})

test('metrics.json tells a metric that is not defined from no metric at all', async () => {
  await withResult(async ({ opened, target }) => {
    await exportResult(opened, target)
    const metrics = JSON.parse(text(target, 'metrics.json'))
    assert.equal(metrics.mean_ic, result.metrics.mean_ic)
    assert.equal(metrics.decay_half_life, null)
    assert.ok(!('snapshot_id' in metrics))
  })
})

test('an empty folder may be exported into', async () => {
  await withResult(async ({ opened, target }) => {
    mkdirSync(target, { recursive: true })
    await exportResult(opened, target)
    assert.ok(existsSync(join(target, 'result.json')))
  })
})

test('a folder that holds anything is refused and left as it is', async () => {
  await withResult(async ({ opened, target }) => {
    mkdirSync(target, { recursive: true })
    writeFileSync(join(target, 'mine.txt'), 'keep me')
    await assert.rejects(exportResult(opened, target), { code: 'usage', message: /not an empty folder/ })
    assert.deepEqual(readdirSync(target), ['mine.txt'])
  })
})

test('a file of that name is refused', async () => {
  await withResult(async ({ opened, root }) => {
    const target = join(root, 'file')
    writeFileSync(target, 'keep me')
    await assert.rejects(exportResult(opened, target), { code: 'usage' })
    assert.equal(readFileSync(target, 'utf8'), 'keep me')
  })
})

test('an export that fails half way leaves nothing', async () => {
  await withResult(async ({ opened, target, root }) => {
    writeFileSync(join(opened.directory, 'daily_weights.parquet'), 'PAR1 no more')
    await assert.rejects(exportResult(opened, target), { code: 'artifact_corrupt' })
    assert.deepEqual(readdirSync(join(root, 'out')), [])
  })
})

test('a lost row comes back from manifest and summary with every value that T3 had recorded', async () => {
  await withResult(async ({ opened, receipt }) => {
    const [manifest, summary] = ['manifest.json', 'summary.json'].map((name) => text(opened.directory, name))
    const row = recoverRow({ manifest: manifest!, summary: summary!, rows: null })
    const { namespace, jobId, attempt, location, files, costSummary, ...completion } = receipt
    assert.deepEqual({ ...row.completion, costSummary: null }, { ...completion, costSummary: null })
    // A NaN of the cost summary is null in JSON, as it is in the record.
    assert.deepEqual(row.completion.costSummary, { ...costSummary, gross_sharpe: null })
    assert.equal(row.attempt, 3)
    assert.equal(row.completedAt, '2026-01-02T03:04:06.000Z')
    assert.deepEqual(row.job, {
      jobId: plan.jobId,
      configHash: plan.configHash,
      kind: 'backtest',
      namespace: 'default',
      dataset: 'sp500',
      alphaName: 'momentum',
      startDate: '2015-01-01',
      endDate: '2015-12-31',
      weightMethod: 'zscore',
      config: opened.manifest.computation,
      createdBy: 'namespace:default',
      priority: 'normal',
      timeoutSeconds: 3600,
      deletionPolicy: 'retain',
    })
  })
})

const forgeries: [title: string, file: 'manifest' | 'summary', pattern: RegExp, instead: string, message: RegExp][] = [
  ['a summary that is not the listed one', 'summary', /"mean_ic": 0\.01/, '"mean_ic": 0.09', /not the one/],
  [
    'a computation that was changed',
    'manifest',
    /"weightMethod": "zscore"/,
    '"weightMethod": "rank"',
    /computation has the hash/,
  ],
  ['another namespace', 'manifest', /"namespace": "default"/, '"namespace": "other"', /computation has the hash/],
]
for (const [title, file, pattern, instead, message] of forgeries) {
  test(`no row is rebuilt from ${title}`, async () => {
    await withResult(async ({ opened }) => {
      const texts = {
        manifest: text(opened.directory, 'manifest.json'),
        summary: text(opened.directory, 'summary.json'),
        rows: null,
      }
      assert.match(texts[file], pattern)
      texts[file] = texts[file].replace(pattern, instead)
      assert.throws(() => recoverRow(texts), { code: 'artifact_corrupt', message })
    })
  })
}
