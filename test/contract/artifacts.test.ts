import { strict as assert } from 'node:assert'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import { sha256Hex } from '../../core/identity.ts'
import type { BacktestResult, DenseTable } from '../../engine/result.ts'
import { fileStore } from '../../storage/blobs/files.ts'
import type { BlobStore } from '../../storage/blobs/store.ts'
import { type CommitOutcome, commitAttempt, type RecordReceipt } from '../../storage/out/commit-attempt.ts'
import type { BacktestComputed } from '../../storage/out/kinds/backtest.ts'
import {
  type OpenedResult,
  openResult,
  readBacktest,
  readPortfolioReturns,
  readSignals,
  resultOfJob,
} from '../../storage/out/read-result.ts'
import type { Receipt } from '../../storage/out/receipt.ts'
import { type StageInput, stageAttempt } from '../../storage/out/stage.ts'
import { writeArtifact } from '../../storage/out/write-artifact.ts'
import { COST_MODEL, QUANTILES, samplePlan, sampleResult } from './sample-result.ts'

const SEVEN = 'mean_ic icir hit_rate coverage long_short_spread average_turnover decay_half_life'.split(' ')
const everything = { costs: true, quantiles: true, blend: true }
const fullPlan = samplePlan({ costModel: COST_MODEL, quantiles: QUANTILES })

/** One commit of the sample; each case changes one fact. */
const input: StageInput<BacktestComputed> = {
  plan: samplePlan(),
  result: sampleResult(),
  name: 'sample',
  attempt: 1,
  claim: 'pod-1',
  engineVersion: '0.1.0',
  image: null,
  startedAt: new Date('2026-01-02T03:04:05Z'),
  completedAt: new Date('2026-01-02T03:04:06Z'),
  peakMemoryBytes: 123,
}
const recorded: RecordReceipt = async () => 'recorded'
const jobFolder = `default/${input.plan.jobId}`

async function withStore(body: (store: BlobStore, root: string) => Promise<void>): Promise<void> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'hindcast-artifacts-')))
  try {
    await body(fileStore(root), root)
  } finally {
    rmSync(root, { recursive: true })
  }
}

function receiptOf(outcome: CommitOutcome): Receipt {
  assert.equal(outcome.outcome, 'recorded')
  return (outcome as { receipt: Receipt }).receipt
}

async function commitAndOpen(
  store: BlobStore,
  change: Partial<StageInput<BacktestComputed>> = {},
): Promise<[OpenedResult, Receipt]> {
  const receipt = receiptOf(await commitAttempt({ ...input, ...change }, { store, record: recorded }))
  return [await openResult(store, receipt, { verify: true }), receipt]
}

test('a result comes back as the engine gave it: all series, all scalars, NaN and infinities included', async () => {
  await withStore(async (store) => {
    const result = sampleResult(everything)
    const [opened] = await commitAndOpen(store, { plan: fullPlan, result })
    const found = await readBacktest(opened)
    const { dates, permnos, signals, weights, costs, quantiles, blend, ...plain } = result
    assert.deepEqual(
      { ...found, costs: null, quantiles: null, blend: null },
      { ...plain, costs: null, quantiles: null, blend: null },
    )
    assert.deepEqual(found.costs?.net, costs?.net)
    assert.deepEqual(found.costs?.capacity, costs?.capacity)
    // Outside the metrics a NaN scalar is null, as JSON has it.
    assert.deepEqual(found.costs?.summary, { ...costs?.summary, gross_sharpe: null })
    assert.deepEqual(found.quantiles, { ...quantiles, summary: { ...quantiles?.summary, t_stat: null } })
    assert.deepEqual(found.blend, blend)
  })
})

test('the seven metrics come back to 1e-12, a NaN as NaN and an undefined one as null', async () => {
  await withStore(async (store) => {
    const [opened, receipt] = await commitAndOpen(store)
    const { metrics } = await readBacktest(opened)
    for (const name of SEVEN) {
      const [found, wanted] = [metrics[name], input.result.metrics[name]]
      if (typeof wanted !== 'number' || Number.isNaN(wanted)) assert.deepEqual(found, wanted, name)
      else assert.ok(Math.abs((found as number) - wanted) <= 1e-12, name)
    }
    assert.deepEqual(receipt.metrics, input.result.metrics)
  })
})

test('a plain Backtest leaves the files of the contract and no other', async () => {
  await withStore(async (store, root) => {
    await commitAndOpen(store)
    assert.deepEqual(readdirSync(join(root, jobFolder)), ['1'])
    assert.deepEqual(readdirSync(join(root, jobFolder, '1')).sort(), [
      'daily_ic.parquet',
      'daily_portfolio_returns.parquet',
      'daily_signals.parquet',
      'daily_weights.parquet',
      'decay_curve.parquet',
      'manifest.json',
      'summary.json',
    ])
  })
})

test('costs, quantiles and a blend add their files', async () => {
  await withStore(async (store) => {
    const [opened] = await commitAndOpen(store, { plan: fullPlan, result: sampleResult(everything) })
    const added = opened.manifest.files.map(({ name }) => name).filter((name) => /net|quantile|blend/.test(name))
    assert.deepEqual(added, [
      'blend_weights.parquet',
      'net_portfolio_returns.parquet',
      'quantile_ic.parquet',
      'quantile_returns.parquet',
    ])
  })
})

test('signals are read by permno, date range and limit', async () => {
  await withStore(async (store) => {
    const [opened] = await commitAndOpen(store)
    const [permno, from] = [input.result.permnos[2] as number, input.result.dates[3] as number]
    const found = await readSignals(opened, { permno, from, limit: 4 })
    assert.deepEqual([...new Set(found.permno)], [permno])
    assert.equal(found.date?.length, 4)
    assert.ok(found.date?.every((day) => day >= from))
  })
})

test('portfolio returns are read before costs and after them; without costs there are none after', async () => {
  await withStore(async (store) => {
    const result = sampleResult(everything)
    const [full] = await commitAndOpen(store, { plan: fullPlan, result })
    assert.deepEqual(await readPortfolioReturns(full, 'gross'), result.portfolioReturns)
    assert.deepEqual(await readPortfolioReturns(full, 'net'), {
      dates: result.costs?.net.dates,
      values: result.costs?.net.net,
    })
    const [plain] = await commitAndOpen(store)
    assert.equal(await readPortfolioReturns(plain, 'net'), null)
  })
})

test('an older set without portfolio returns loads with none', async () => {
  await withStore(async (store) => {
    const [opened] = await commitAndOpen(store)
    const files = opened.manifest.files.filter(({ name }) => name !== 'daily_portfolio_returns.parquet')
    const found = await readBacktest({ ...opened, manifest: { ...opened.manifest, files } })
    assert.equal(found.portfolioReturns.dates.length, 0)
  })
})

/** The same cells on a grid with more names, some of them never held, and in another order of filling. */
function widened({ values, state }: DenseTable, days: number, names: number): DenseTable {
  const cells = days * (names + 1)
  const wide = { values: new Float64Array(cells).fill(7), state: new Uint8Array(cells) }
  for (let cell = days * names - 1; cell >= 0; cell--) {
    const [k, i] = [Math.floor(cell / names), cell % names]
    wide.values[k * (names + 1) + i + 1] = values[cell] as number
    wide.state[k * (names + 1) + i + 1] = state[cell] as number
  }
  return wide
}

test('two computations give equal bytes but for manifest.json, whatever grid they came on', async () => {
  await withStore(async (store, root) => {
    const { result } = input
    const [days, names] = [result.dates.length, result.permnos.length]
    const other: BacktestResult = {
      ...result,
      permnos: Float64Array.of(1, ...result.permnos),
      signals: widened(result.signals, days, names),
      weights: widened(result.weights, days, names),
    }
    const [, first] = await commitAndOpen(store)
    const change = { result: other, attempt: 2, claim: 'pod-2', completedAt: new Date('2027-01-01T00:00:00Z') }
    const [, second] = await commitAndOpen(store, change)
    for (const { name } of first.files) {
      const bytes = (attempt: number) => readFileSync(join(root, jobFolder, String(attempt), name))
      assert.deepEqual(bytes(1), bytes(2), name)
    }
    assert.equal(first.contentSha256, second.contentSha256)
    assert.equal(first.resultKey, second.resultKey)
    assert.notEqual(first.manifestSha256, second.manifestSha256)
  })
})

// A change here means that results of one engine revision are no longer byte-equal: raise ENGINE_REVISION with it.
const GOLDEN_BYTES = {
  'blend_weights.parquet': '7acdd413d57fbc8a',
  'daily_ic.parquet': '7978f9175c19b46c',
  'daily_portfolio_returns.parquet': 'dddb4e598efcd324',
  'daily_signals.parquet': 'b07d9bfdf9a2fb85',
  'daily_weights.parquet': 'a056200e7d58b95a',
  'decay_curve.parquet': '1e08422a4d4fee95',
  'net_portfolio_returns.parquet': '87198166ca2fc6b2',
  'quantile_ic.parquet': '28f36d4ec79acc00',
  'quantile_returns.parquet': 'e4b048258c4b5a06',
}

test('the bytes of the sample are those of the day its goldens were taken', async () => {
  await withStore(async (store) => {
    const [, { files }] = await commitAndOpen(store, { plan: fullPlan, result: sampleResult(everything) })
    const parquet = files.filter(({ name }) => name.endsWith('.parquet'))
    assert.deepEqual(Object.fromEntries(parquet.map(({ name, sha256 }) => [name, sha256.slice(0, 16)])), GOLDEN_BYTES)
  })
})

test('summary.json and the tables know nothing of attempt, claim, time or place', async () => {
  await withStore(async (store, root) => {
    await commitAndOpen(store)
    for (const name of readdirSync(join(root, jobFolder, '1')).filter((file) => file !== 'manifest.json')) {
      const text = readFileSync(join(root, jobFolder, '1', name), 'latin1')
      for (const secret of ['pod-1', '2026-01-02', root]) assert.ok(!text.includes(secret), `${name}: ${secret}`)
    }
  })
})

test('the receipt holds what the manifest says, and the hashes can be checked with sha256sum', async () => {
  await withStore(async (store, root) => {
    const [{ manifest }, receipt] = await commitAndOpen(store)
    const folder = join(root, jobFolder, '1')
    const lines = manifest.files.map(({ name }) => `${sha256Hex(readFileSync(join(folder, name)))}  ${name}\n`)
    assert.equal(receipt.contentSha256, sha256Hex(lines.join('')))
    assert.equal(receipt.manifestSha256, sha256Hex(readFileSync(join(folder, 'manifest.json'))))
    const sizes = readdirSync(folder).map((name) => readFileSync(join(folder, name)).length)
    assert.equal(
      receipt.artifactBytes,
      sizes.reduce((a, b) => a + b),
    )
    assert.equal(receipt.location, folder)
    assert.equal(receipt.resultPath, `${jobFolder}/1`)
    assert.equal(manifest.startedAt, '2026-01-02T03:04:05.000Z')
  })
})

test('of two committers of one attempt one is recorded; the other is fenced and leaves nothing', async () => {
  await withStore(async (store, root) => {
    const commit = (claim: string) => commitAttempt({ ...input, claim }, { store, record: recorded })
    const outcomes = (await Promise.all([commit('pod-1'), commit('pod-2')])).map(({ outcome }) => outcome)
    assert.deepEqual(outcomes.sort(), ['fenced', 'recorded'])
    assert.deepEqual(readdirSync(join(root, jobFolder)), ['1'])
  })
})

test('a committer that the record fences leaves neither staging nor folder', async () => {
  await withStore(async (store, root) => {
    const outcome = await commitAttempt(input, { store, record: async () => 'fenced' })
    assert.equal(outcome.outcome, 'fenced')
    assert.ok(!existsSync(join(root, jobFolder)))
  })
})

test('with the database out of reach the files stay and the receipt waits', async () => {
  await withStore(async (store) => {
    const record = async () => {
      throw new HindcastError('database_unavailable', 'down')
    }
    const outcome = await commitAttempt(input, { store, record })
    assert.ok(outcome.outcome === 'unrecorded')
    await openResult(store, outcome.receipt, { verify: true })
  })
})

test('a record that fails for another reason leaves no files', async () => {
  await withStore(async (store, root) => {
    const record = async () => {
      throw new HindcastError('reproducibility_missing', 'no snapshot')
    }
    await assert.rejects(commitAttempt(input, { store, record }), { code: 'reproducibility_missing' })
    assert.ok(!existsSync(join(root, jobFolder)))
  })
})

test('a table that cannot be written leaves nothing staged', async () => {
  await withStore(async (store, root) => {
    const write: typeof writeArtifact = async (directory, table) => {
      if (table.artifact === 'dailyIc') throw new HindcastError('storage_error', 'gone')
      return writeArtifact(directory, table)
    }
    await assert.rejects(stageAttempt(input, store, write), { code: 'storage_error' })
    assert.ok(!existsSync(join(root, jobFolder)))
  })
})

test('a result with rows out of order is refused before anything is visible', async () => {
  await withStore(async (store, root) => {
    const { dailyIc } = input.result
    const result = { ...input.result, dailyIc: { ...dailyIc, dates: dailyIc.dates.slice().reverse() } }
    const commit = commitAttempt({ ...input, result }, { store, record: recorded })
    await assert.rejects(commit, { code: 'schema_violation', message: /daily_ic\.parquet/ })
    assert.ok(!existsSync(join(root, jobFolder)))
  })
})

test('a job without a row, a row without files, and damaged files are three different errors', async () => {
  await withStore(async (store, root) => {
    const [, receipt] = await commitAndOpen(store)
    assert.throws(() => resultOfJob('0'.repeat(32), null), { code: 'job_not_found' })
    const lost = resultOfJob(receipt.jobId, { resultPath: null, manifestSha256: null })
    await assert.rejects(openResult(store, lost, { verify: true }), { code: 'artifacts_missing' })
    writeFileSync(join(root, jobFolder, '1', 'summary.json'), '{}')
    await assert.rejects(openResult(store, receipt, { verify: true }), { code: 'artifact_corrupt' })
    rmSync(join(root, jobFolder), { recursive: true })
    await assert.rejects(openResult(store, receipt, { verify: true }), { code: 'artifacts_missing' })
  })
})

const damages: [title: string, damage: (folder: string) => void, message: RegExp][] = [
  [
    'a changed byte of a table',
    (folder) => flipByte(join(folder, 'daily_ic.parquet')),
    /daily_ic\.parquet has the SHA-256/,
  ],
  [
    'a shortened table',
    (folder) => writeFileSync(join(folder, 'daily_ic.parquet'), 'PAR1'),
    /daily_ic\.parquet has 4 bytes/,
  ],
  ['a missing table', (folder) => rmSync(join(folder, 'decay_curve.parquet')), /decay_curve\.parquet is missing/],
  ['a missing summary', (folder) => rmSync(join(folder, 'summary.json')), /summary\.json is missing/],
  ['a missing manifest', (folder) => rmSync(join(folder, 'manifest.json')), /manifest\.json is missing/],
  ['an edited manifest', (folder) => edit(folder, /"sample"/, '"simple"'), /manifest\.json has the SHA-256/],
]
for (const [title, damage, message] of damages) {
  test(`${title} is found on first open`, async () => {
    await withStore(async (store, root) => {
      const [, receipt] = await commitAndOpen(store)
      damage(join(root, jobFolder, '1'))
      await assert.rejects(openResult(store, receipt, { verify: true }), { code: 'artifact_corrupt', message })
    })
  })
}

const forgeries: [title: string, pattern: RegExp, instead: string, message: RegExp][] = [
  ['text that is no JSON', /\{/, '', /manifest\.json is not JSON/],
  ['a file that climbs out of the folder', /daily_ic\.parquet/, '../../x.parquet', /manifest\.json: files is/],
  ['the hash of other content', /"contentSha256": ".{8}/, '"contentSha256": "00000000', /its files give/],
  ['another attempt', /"attempt": 1/, '"attempt": 2', /attempt is "2", expected "1"/],
  ['a missing member', /"claim"/, '"klaim"', /claim is missing/],
]
for (const [title, pattern, instead, message] of forgeries) {
  test(`a manifest with ${title} is corrupt, also where no hash is recorded`, async () => {
    await withStore(async (store, root) => {
      const [, { resultPath }] = await commitAndOpen(store)
      edit(join(root, jobFolder, '1'), pattern, instead)
      const open = openResult(store, { resultPath, manifestSha256: null }, { verify: true })
      await assert.rejects(open, { code: 'artifact_corrupt', message })
    })
  })
}

function flipByte(path: string): void {
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1
  writeFileSync(path, bytes)
}

function edit(folder: string, pattern: RegExp, instead: string): void {
  const path = join(folder, 'manifest.json')
  const text = readFileSync(path, 'utf8')
  assert.match(text, pattern)
  writeFileSync(path, text.replace(pattern, instead))
}
