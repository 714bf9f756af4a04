import type { KubeObject } from '../../kube/object.ts'

type Spec = Readonly<Record<string, unknown>>

/** A Backtest of its own computation: `number` makes the job, so that two of one number are the same question. */
export function backtest(name: string, number: number, spec: Spec = {}, namespace = 'research'): KubeObject {
  return resource('Backtest', { name, namespace }, { ...computation(number), ...spec })
}

export function walkForward(name: string, number: number, spec: Spec = {}, namespace = 'research'): KubeObject {
  return resource(
    'WalkForward',
    { name, namespace },
    {
      backtest: { ...computation(number), startDate: '2014-03-03', endDate: '2018-02-06' },
      windows: { trainMonths: 12, testMonths: 3, stepMonths: 3, minTrainDays: 252 },
      search: { method: 'grid', parameters: { lookbackDays: [63, 126] }, metric: 'mean_ic' },
      overfittingThreshold: 2,
      ...spec,
    },
  )
}

export function monteCarlo(name: string, source: Spec, spec: Spec = {}, namespace = 'research'): KubeObject {
  return resource(
    'MonteCarlo',
    { name, namespace },
    { ...source, simulations: 1000, method: 'bootstrap', seed: 7, ...spec },
  )
}

export function computation(number: number): Spec {
  return {
    dataset: 'sp500',
    alpha: { name: 'momentum', parameters: { lookbackDays: 60 + (number % 400) } },
    startDate: '2015-01-02',
    endDate: '2015-12-31',
  }
}

function resource(kind: string, metadata: { name: string; namespace: string }, spec: Spec): KubeObject {
  return { apiVersion: 'hindcast.dev/v1alpha1', kind, metadata, spec }
}

/** The data that every computation here is of. */
export const SNAPSHOT = {
  snapshotId: 'sp500-2f6c0a91',
  dataset: 'sp500',
  fullSha256: '2f6c0a91'.repeat(8),
  location: 's3://nowhere',
  startDate: '2010-01-04',
  endDate: '2025-12-31',
  preset: 'native',
  names: 500,
  dates: 4000,
  roles: [
    { role: 'crsp', version: 1, columns: [], rows: 1, contentSha256: 'ab'.repeat(32), file: 'crsp.parquet', bytes: 1 },
  ],
  files: [],
  quality: null,
  createdBy: 'ada',
  securities: [],
} as const
