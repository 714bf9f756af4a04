import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Backtest } from '../../core/request.ts'
import { computeAll } from '../../engine/index.ts'
import type { BacktestResult } from '../../engine/result.ts'
import { fileStore } from '../../storage/blobs/files.ts'
import { commitAttempt } from '../../storage/out/commit-attempt.ts'
import { openResult, readBacktest, type StoredBacktest } from '../../storage/out/read-result.ts'
import { goldenPanel } from '../golden/load.ts'
import { backtestOf } from '../golden/run-case.ts'
import { COST_MODEL, QUANTILES, samplePlan } from './sample-result.ts'

async function storedAndComputed(asked: Backtest, panelName: string): Promise<[StoredBacktest, BacktestResult]> {
  const result = computeAll(asked, await goldenPanel(`inputs/${panelName}.parquet`, null))
  const root = mkdtempSync(join(tmpdir(), 'hindcast-engine-'))
  try {
    const store = fileStore(root)
    const input = {
      plan: samplePlan({ costModel: asked.costModel, quantiles: asked.quantiles }),
      result,
      name: 'golden',
      attempt: 1,
      claim: 'pod',
      engineVersion: '0.1.0',
      image: null,
      startedAt: new Date(0),
      completedAt: new Date(0),
      peakMemoryBytes: null,
    }
    const committed = await commitAttempt(input, { store, record: async () => 'recorded' })
    assert.ok(committed.outcome === 'recorded')
    return [await readBacktest(await openResult(store, committed.receipt, { verify: true })), result]
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** Typed arrays as lists: compared as such, two NaN with other bits would differ, and a file has one NaN only. */
function listed(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, listed(member)]))
}

const quantiles = { ...QUANTILES, minObservationsPerDate: 10, minTotalDates: 5, holdingPeriodDays: 2 }
const period = { startDate: '2010-04-15', endDate: '2010-09-30' }
const short = { alphaName: 'momentum', parameters: { lookbackDays: 20, skipDays: 2 }, ...period }
const cases: [title: string, asked: Backtest, panel: string][] = [
  [
    'zscore weights, costs and quantiles',
    backtestOf({ alphaName: 'reversal', ...period, costModel: COST_MODEL, quantiles }),
    'smallA',
  ],
  [
    'quantile weights with many ties',
    backtestOf({ alphaName: 'reversal', ...period, weightMethod: 'quantile' }),
    'tiesB',
  ],
  ['days whose IC is NaN', backtestOf({ alphaName: 'reversal', ...period }), 'thinD'],
  ['rank weights over NaN returns', backtestOf({ ...short, weightMethod: 'rank' }), 'nanC'],
]
for (const [title, asked, panel] of cases) {
  test(`what the engine computed comes back bit for bit, book and turnover too: ${title}`, async () => {
    const [stored, computed] = await storedAndComputed(asked, panel)
    for (const part of ['dailyIc', 'decay', 'portfolioReturns', 'metrics', 'warnings'] as const) {
      assert.deepEqual(listed(stored[part]), listed(computed[part]), part)
    }
    assert.deepEqual(listed(stored.turnover), listed(computed.turnover))
    // The engine's book has every run day, the weights only those with a row.
    const rows = (series: Int32Array | Float64Array) =>
      [...series].filter((_, k) => stored.book.dates.includes(computed.book.dates[k] as number))
    for (const part of ['long', 'short', 'gross', 'net'] as const) {
      assert.deepEqual([...stored.book[part]], rows(computed.book[part]), part)
    }
    assert.deepEqual(listed(stored.costs?.net), listed(computed.costs?.net))
    assert.deepEqual(listed(stored.quantiles?.daily), listed(computed.quantiles?.daily))
  })
}
