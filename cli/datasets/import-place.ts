import { HindcastError } from '../../core/errors.ts'
import type { RemoteCluster } from '../../kube/client.ts'
import { isKubeError } from '../../kube/kube-error.ts'
import type { ImportPlace } from './import-pod.ts'

/** The ConfigMap that the chart makes for its operator, in the namespace of the release. */
const INSTALLATION = 'hindcast-operator'
const DEFAULT_MEMORY_BYTES = 4 * 1024 ** 3

interface Wanted {
  readonly claim?: string
  readonly image?: string
}

/**
 * What the import pod of a namespace is made from: what the flags say, and for the rest what the installation there
 * says of itself. Throws `cluster_refused` where there is no claim to write to.
 */
export async function importPlace(cluster: RemoteCluster, namespace: string, wanted: Wanted): Promise<ImportPlace> {
  const { claim, image } = wanted
  const asked = claim === undefined || image === undefined
  const place = placeOf(namespace, asked ? await installation(cluster, namespace) : {}, wanted)
  await refuseMissing(cluster, namespace, place.claim)
  return place
}

type Settings = Readonly<Record<string, string>>

async function installation(cluster: RemoteCluster, namespace: string): Promise<Settings | null> {
  try {
    const { data } = await cluster.get({ kind: 'ConfigMap', namespace, name: INSTALLATION })
    return (data ?? {}) as Settings
  } catch (error) {
    if (isKubeError(error, 'not_found')) return null
    throw error
  }
}

/** The flags over the settings of an installation; `settings` null: there is none in the namespace. */
export function placeOf(namespace: string, settings: Settings | null, { claim, image }: Wanted): ImportPlace {
  if (settings === null) {
    throw refused(
      `there is no ConfigMap ${INSTALLATION} in namespace ${namespace}, so Hindcast is not installed there; for a ` +
        "namespace that another installation serves, name --claim and the runner's --image",
    )
  }
  const store = settings.HINDCAST_STORE ?? ''
  if (claim === undefined && !store.startsWith('pvc:')) {
    throw refused(`the installation in namespace ${namespace} keeps its data in ${store}: push with --store`)
  }
  const runner = image ?? settings.HINDCAST_RUNNER_IMAGE
  if (runner === undefined) throw refused(`the installation in namespace ${namespace} names no image: give --image`)
  return {
    image: runner,
    pullPolicy: settings.HINDCAST_RUNNER_PULL_POLICY ?? 'IfNotPresent',
    claim: claim ?? store.slice('pvc:'.length),
    memoryBytes: Number(settings.BACKTEST_JOB_MEMORY_LIMIT ?? DEFAULT_MEMORY_BYTES),
  }
}

/** A pod would wait for a missing claim without an end. Whoever may not look at claims need not. */
async function refuseMissing(cluster: RemoteCluster, namespace: string, claim: string): Promise<void> {
  try {
    await cluster.get({ kind: 'PersistentVolumeClaim', namespace, name: claim })
  } catch (error) {
    if (isKubeError(error, 'forbidden')) return
    if (isKubeError(error, 'not_found')) throw refused(`there is no claim ${claim} in namespace ${namespace}`)
    throw error
  }
}

function refused(message: string): HindcastError {
  return new HindcastError('cluster_refused', message)
}
