import { strict as assert } from 'node:assert'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Kind } from '../../core/request.ts'
import { readManifest } from '../../crds/index.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** The examples the README and the quickstart speak of, and their kinds. */
const PROMISED: Readonly<Record<string, Kind>> = {
  'blend.yaml': 'Backtest',
  'low-volatility.yaml': 'Backtest',
  'momentum-sp500.yaml': 'Backtest',
  'monte-carlo.yaml': 'MonteCarlo',
  'regression.yaml': 'Regression',
  'reversal.yaml': 'Backtest',
  'walk-forward.yaml': 'WalkForward',
}

const read = (file: string) => readManifest(readFileSync(join(ROOT, 'examples', file)), { file, today: '2026-11-22' })

for (const [file, kind] of Object.entries(PROMISED)) {
  test(`examples/${file} is a good ${kind}`, () => {
    const { requests, problems } = read(file)
    assert.deepEqual(problems, [])
    assert.deepEqual(
      requests.map((request) => request.kind),
      [kind],
    )
  })
}

test('every example is one that is promised', () => {
  assert.deepEqual(globSync('*.yaml', { cwd: join(ROOT, 'examples') }).sort(), Object.keys(PROMISED))
})

test('the main example spans almost four years of the shipped data, with costs and quantiles', () => {
  const [request] = read('momentum-sp500.yaml').requests
  assert.ok(request?.kind === 'Backtest')
  const { dataset, startDate, endDate, costModel, quantiles } = request.backtest
  assert.deepEqual([dataset, startDate, endDate], ['sp500', '2014-03-03', '2018-02-06'])
  assert.ok(costModel !== null && quantiles !== null)
})

test('a name that the Monte Carlo example refers to is the name of an example', () => {
  const [luck] = read('monte-carlo.yaml').requests
  const [source] = read('momentum-sp500.yaml').requests
  assert.ok(luck?.kind === 'MonteCarlo' && source !== undefined)
  assert.deepEqual(luck.monteCarlo.source, { name: source.name })
})
