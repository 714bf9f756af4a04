import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { readManifest } from './read-manifest.ts'

test('the smallest Backtest is read with every default explicit', () => {
  const text = [
    'apiVersion: hindcast.dev/v1alpha1',
    'kind: Backtest',
    'metadata: {name: small}',
    'spec: {dataset: sp500, alpha: {name: quality}, startDate: 2015-01-02, endDate: 2015-12-31}',
  ].join('\n')
  const { requests, problems, warnings } = readManifest(text, { file: 'small.yaml', today: '2026-11-22' })
  assert.deepEqual({ problems, warnings }, { problems: [], warnings: [] })
  assert.deepEqual(requests, [
    {
      kind: 'Backtest',
      name: 'small',
      namespace: 'default',
      createdBy: null,
      run: {
        priority: 'normal',
        timeoutSeconds: null,
        memoryLimitBytes: null,
        cpu: 1,
        retryLimit: 3,
        workerLossPolicy: 'fail',
        suspend: false,
        deletionPolicy: 'retain',
        jobTTLSecondsAfterFinished: 86400,
      },
      backtest: {
        dataset: 'sp500',
        snapshotId: null,
        alpha: { name: 'quality', parameters: { metric: 'roe', winsorizePct: 0.01, universeFilter: 'all' } },
        startDate: '2015-01-02',
        endDate: '2015-12-31',
        weightMethod: 'zscore',
        decayHorizons: [1, 2, 5, 10, 20, 60],
        costModel: null,
        quantiles: null,
      },
    },
  ])
})
