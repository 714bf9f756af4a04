import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { type Catalog, planBacktest } from '../../core/plan.ts'
import { readManifest } from '../../crds/index.ts'

const snapshot = {
  snapshotId: 'sp500-2f6c0a91',
  dataset: 'sp500',
  fullSha256: '2f6c0a91'.padEnd(64, '0'),
  startDate: '2013-02-08',
  endDate: '2018-02-07',
  datasetVersionIds: {},
}
const catalog: Catalog = {
  newest: new Map([['sp500', snapshot.snapshotId]]),
  snapshots: new Map([[snapshot.snapshotId, snapshot]]),
}

/** The first vector of core/plan.test.ts. */
const EVERY_DEFAULT = 'b4ef51386e758eff46b54abf9e38f325'
const LEAST = 'dataset: sp500, alpha: {name: momentum}, startDate: 2015-01-02, endDate: 2015-12-31'
const PARAMETERS = '{lookbackDays: 252, skipDays: 21, winsorizePct: 0.01, universeFilter: all}'
const FULL = LEAST.replace('momentum', `momentum, parameters: ${PARAMETERS}`)

function jobIdOfSpec(spec: string, metadata = '{name: a}'): string {
  const text = `apiVersion: hindcast.dev/v1alpha1\nkind: Backtest\nmetadata: ${metadata}\nspec: {${spec}}\n`
  const { requests, problems } = readManifest(text, { file: 'm.yaml', today: '2026-11-22' })
  assert.deepEqual(problems, [])
  const [request] = requests
  assert.ok(request?.kind === 'Backtest')
  return planBacktest(request, catalog).jobId
}

const SAME: readonly [title: string, spec: string, metadata?: string][] = [
  ['the least that can be written', LEAST],
  ['every default written out', `${FULL}, weightMethod: zscore, decayHorizons: [1, 2, 5, 10, 20, 60]`],
  ['numbers written otherwise', FULL.replace('252', '252.0').replace('0.01', '1.0e-2')],
  ['the newest snapshot by name', `${LEAST}, snapshotId: sp500-2f6c0a91`],
  ['another way to run', `${LEAST}, priority: high, cpu: 8, memoryLimit: 8Gi, timeoutSeconds: 300, suspend: true`],
  ['another name and another author', LEAST, '{name: b, annotations: {hindcast.dev/created-by: ana}}'],
  ['nulls', `${LEAST}, costModel: null, quantiles: null, snapshotId: null`],
]
for (const [title, spec, metadata] of SAME) {
  test(`one job: ${title}`, () => assert.equal(jobIdOfSpec(spec, metadata), EVERY_DEFAULT))
}

const OTHER: readonly [title: string, spec: string, metadata?: string][] = [
  ['a cost model of defaults', `${LEAST}, costModel: {}`],
  ['quantiles of defaults', `${LEAST}, quantiles: {}`],
  ['a look back of 251 days', FULL.replace('252', '251')],
  ['another horizon', `${LEAST}, decayHorizons: [1, 2, 5, 10, 20]`],
  ['another namespace', LEAST, '{name: a, namespace: quant}'],
]
for (const [title, spec, metadata] of OTHER) {
  test(`another job: ${title}`, () => assert.notEqual(jobIdOfSpec(spec, metadata), EVERY_DEFAULT))
}

test('an empty cost model and one with every default written out are one job', () => {
  const written = '{bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1000000}'
  assert.equal(jobIdOfSpec(`${LEAST}, costModel: {}`), jobIdOfSpec(`${LEAST}, costModel: ${written}`))
})
