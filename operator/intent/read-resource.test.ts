import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { readOneManifest } from '../../crds/index.ts'
import type { KubeObject } from '../../kube/object.ts'
import { readResource } from './read-resource.ts'

const TODAY = '2026-11-23'
const text = readFileSync(join(import.meta.dirname, '../../examples/momentum-sp500.yaml'), 'utf8')

/** The example as the API server gives it back. */
function served(change: (object: KubeObject & { spec: Record<string, unknown> }) => void = () => {}): KubeObject {
  const object = parse(text)
  object.metadata = {
    ...object.metadata,
    namespace: 'default',
    uid: '11111111-2222-3333-4444-555555555555',
    generation: 1,
    resourceVersion: '7',
    creationTimestamp: '2026-11-22T21:11:51Z',
    labels: { 'kueue.x-k8s.io/queue-name': 'q', 'hindcast.dev/request': 'cancel-20261122t211151z' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    managedFields: [{ manager: 'kubectl' }],
  }
  object.status = { observedGeneration: -1 }
  change(object)
  return object
}

test('a resource as the API server serves it is the request that its manifest is', () => {
  const read = readResource(served(), TODAY)
  assert.deepEqual(
    'request' in read ? read.request : read,
    readOneManifest(text, { file: 'momentum.yaml', today: TODAY }),
  )
})

test('who asked is read from the annotation', () => {
  const read = readResource(
    served((object) => Object.assign(object.metadata, { annotations: { 'hindcast.dev/created-by': 'ada' } })),
    TODAY,
  )
  assert.equal('request' in read && read.request.createdBy, 'ada')
})

test('a bad field is told with its code, its value and what is allowed', () => {
  const read = readResource(
    served((object) => Object.assign(object.spec, { alpha: { name: 'momentun' } })),
    TODAY,
  )
  assert.equal('code' in read && read.code, 'unknown_alpha')
  assert.match('message' in read ? read.message : '', /momentun/)
})

test('of many faults five are told and the rest is counted', () => {
  const read = readResource(
    served((object) => {
      for (let i = 0; i < 8; i += 1) object.spec[`field${i}`] = 1
    }),
    TODAY,
  )
  assert.match('message' in read ? read.message : '', /; and 3 more$/)
})
