/** How a kind is addressed in the API. */
export interface Kind {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

const OURS = 'hindcast.dev/v1alpha1'

/** Every kind that Hindcast speaks to; a kind that is not here cannot be asked for. Secrets are absent on purpose. */
export const KINDS = {
  Backtest: { apiVersion: OURS, kind: 'Backtest', plural: 'backtests', namespaced: true },
  WalkForward: { apiVersion: OURS, kind: 'WalkForward', plural: 'walkforwards', namespaced: true },
  MonteCarlo: { apiVersion: OURS, kind: 'MonteCarlo', plural: 'montecarlos', namespaced: true },
  Regression: { apiVersion: OURS, kind: 'Regression', plural: 'regressions', namespaced: true },
  Job: { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true },
  Pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  PersistentVolumeClaim: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    plural: 'persistentvolumeclaims',
    namespaced: true,
  },
  Lease: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases', namespaced: true },
  Event: { apiVersion: 'events.k8s.io/v1', kind: 'Event', plural: 'events', namespaced: true },
  SubjectAccessReview: {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    plural: 'subjectaccessreviews',
    namespaced: false,
  },
} as const satisfies Record<string, Kind>

export type KindName = keyof typeof KINDS

/** The kinds users write. */
export const RESOURCE_KINDS = ['Backtest', 'WalkForward', 'MonteCarlo', 'Regression'] as const
export type ResourceKind = (typeof RESOURCE_KINDS)[number]
