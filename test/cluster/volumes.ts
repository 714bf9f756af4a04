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
  await Promise.all(names.map((name) => limitVolume(place, name)))
  const items = [storageClass(), ...names.map((name) => volume(place, name))]
  await run([...kubectl(place), 'apply', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  })
}

/** A file system of its own in memory, which takes what is written to it. The teardown unmounts it. */
async function limitVolume(place: Place, name: string): Promise<void> {
  const { volumeMib } = place.options
  if (volumeMib === null) return
  await run(['mount', '-t', 'tmpfs', '-o', `size=${volumeMib}m`, 'tmpfs', volumeFolder(place, name)])
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
