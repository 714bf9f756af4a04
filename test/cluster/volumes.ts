import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { kubectl } from './control-plane.ts'
import type { Place } from './place.ts'
import { run } from './run.ts'

/** The class whose volumes every node mounts at once: all nodes of a test cluster share the machine's disk. */
export const SHARED_CLASS = 'shared'

const VOLUMES = 12
const CLAIMABLE = '10Gi'

export const volumeFolder = (place: Place, volume: string): string => join(place.folder, 'volumes', volume)

/**
 * Makes a fixed number of volumes that any node may mount, by many pods at once. They are of the type `local`, which,
 * unlike `hostPath`, gives the folder to the pod's fsGroup.
 */
export async function makeVolumes(place: Place): Promise<void> {
  const names = Array.from({ length: VOLUMES }, (_, index) => `shared-${index + 1}`)
  for (const name of names) mkdirSync(volumeFolder(place, name), { recursive: true })
  const items = [storageClass(), ...names.map((name) => volume(place, name))]
  await run([...kubectl(place), 'apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  })
}

function storageClass(): object {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: SHARED_CLASS },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'Immediate',
  }
}

function volume(place: Place, name: string): object {
  const anyNode = { matchExpressions: [{ key: 'kubernetes.io/os', operator: 'In', values: ['linux'] }] }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      storageClassName: SHARED_CLASS,
      capacity: { storage: CLAIMABLE },
      accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      local: { path: volumeFolder(place, name) },
      nodeAffinity: { required: { nodeSelectorTerms: [anyNode] } },
    },
  }
}
