import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { encodeTermination, type Termination } from '../../core/process/termination.ts'
import type { JobObject, PodObject } from '../../kube/workloads.ts'
import { indexesOf, jobFacts, takesSlots } from './workloads.ts'

const JOB_ID = 'f'.repeat(32)
const AT = '2026-11-23T10:00:00Z'

const job = (change: object = {}, labels: object = {}): JobObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: {
    name: 'momentum-01234567-a2',
    uid: 'job-uid',
    creationTimestamp: AT,
    labels: { 'hindcast.dev/job-id': JOB_ID, 'hindcast.dev/attempt': '2', ...labels },
  },
  spec: { parallelism: 1 },
  status: {},
  ...change,
})

const pod = (status: object): PodObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'momentum-01234567-a2-x', uid: 'pod-uid', creationTimestamp: AT },
  spec: { nodeName: 'node-1' },
  status,
})

const condition = (type: string, status = 'True', more: object = {}) => ({ type, status, ...more })

const ends: readonly [title: string, conditions: readonly object[], finished: string | null][] = [
  ['a Job without conditions goes on', [], null],
  ['a Job that is Complete has ended', [condition('Complete')], 'complete'],
  ['one that met its criteria has ended, before its pods have', [condition('SuccessCriteriaMet')], 'complete'],
  ['one that is about to fail has ended, before its pods have', [condition('FailureTarget')], 'failed'],
  ['a failure stands above a success', [condition('SuccessCriteriaMet'), condition('Failed')], 'failed'],
  ['a condition that is not True says nothing', [condition('Failed', 'False')], null],
]
for (const [title, conditions, finished] of ends) {
  test(title, () => assert.equal(jobFacts(job({ status: { conditions } }), []).finished, finished))
}

const slots: readonly [title: string, conditions: readonly object[], suspend: boolean, takes: boolean][] = [
  ['a Job that runs takes its slots', [], false, true],
  ['one that is about to fail does, as long as its pods may run', [condition('FailureTarget')], false, true],
  ['one that met its criteria does, as long as its pods may run', [condition('SuccessCriteriaMet')], false, true],
  ['one that has failed takes none', [condition('FailureTarget'), condition('Failed')], false, false],
  ['one that is Complete takes none', [condition('Complete')], false, false],
  ['one that is suspended takes none', [], true, false],
]
for (const [title, conditions, suspend, takes] of slots) {
  test(title, () => assert.equal(takesSlots(job({ spec: { suspend }, status: { conditions } })), takes))
}

test('a label that is no attempt is none', () => {
  const labels = ['0', '-1', '1e3', '', '99999999999', 'two']
  assert.deepEqual(
    labels.map((attempt) => jobFacts(job({}, { 'hindcast.dev/attempt': attempt }), []).attempt),
    labels.map(() => 0),
  )
})

const words: Termination = {
  v: 1,
  jobId: JOB_ID,
  attempt: 2,
  index: 0,
  podUid: 'pod-uid',
  outcome: 'failed',
  class: 'engine_error',
  message: 'x',
  pct: 40,
  result: null,
  peakMemory: null,
}
const spoken: readonly [title: string, change: Partial<Termination>, believed: boolean][] = [
  ['the last words of a pod are read', {}, true],
  ['words of another attempt are not', { attempt: 1 }, false],
  ['words of another job are not', { jobId: 'e'.repeat(32) }, false],
  ['words of another pod are not', { podUid: 'other' }, false],
]
for (const [title, change, believed] of spoken) {
  test(title, () => {
    const message = encodeTermination({ ...words, ...change })
    const object = pod({ containerStatuses: [{ name: 'runner', state: { terminated: { exitCode: 70, message } } }] })
    const [facts] = jobFacts(job(), [{ object, gone: false }]).pods
    assert.deepEqual([facts?.end?.exitCode, facts?.end?.termination !== null], [70, believed])
  })
}

test('why a pod waits is read from whoever says it', () => {
  const facts = (status: object) => jobFacts(job(), [{ object: pod(status), gone: false }]).pods[0]
  const waiting = { reason: 'ImagePullBackOff', message: 'no such image' }
  assert.deepEqual(facts({ containerStatuses: [{ name: 'r', state: { waiting } }] })?.waiting, waiting)
  const nowhere = condition('PodScheduled', 'False', { reason: 'Unschedulable', message: '0/3 nodes' })
  assert.equal(facts({ conditions: [nowhere] })?.unschedulable, '0/3 nodes')
  const disrupted = condition('DisruptionTarget', 'True', { reason: 'EvictionByEvictionAPI' })
  assert.equal(facts({ conditions: [disrupted] })?.disruption, 'EvictionByEvictionAPI')
})

test('completed indexes are read from their ranges, and never more than there can be', () => {
  assert.deepEqual(indexesOf('0,2-4,7'), [0, 2, 3, 4, 7])
  assert.deepEqual(indexesOf(undefined), [])
  assert.deepEqual(indexesOf('x,5-2'), [])
  assert.equal(indexesOf('0-99999').length, 64)
})
