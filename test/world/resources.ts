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
