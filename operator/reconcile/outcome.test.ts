import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Termination } from '../../core/process/termination.ts'
import { JOB_ID, job, pod } from '../../test/operator/observed.ts'
import { type Evidence, judge, lostVerdict, type Verdict } from './outcome.ts'
import type { JobFacts, PodFacts } from './types.ts'

const GIB = 1024 ** 3

const words = (change: Partial<Termination> = {}): Termination => ({
  v: 1,
  jobId: JOB_ID,
  attempt: 1,
  index: 0,
  podUid: 'pod-1',
  outcome: 'failed',
  class: 'data_invalid',
  message: 'row 7 is damaged',
  pct: 10,
  result: null,
  peakMemory: 512,
  ...change,
})

const end = (exitCode: number, change: Partial<NonNullable<PodFacts['end']>> = {}) => ({
  exitCode,
  reason: exitCode === 0 ? 'Completed' : 'Error',
  termination: null,
  ...change,
})

function evidence(
  pods: readonly Partial<PodFacts>[],
  change: Partial<JobFacts> = {},
  more: Partial<Evidence> = {},
): Evidence {
  return {
    job: job({ ...change, pods: pods.map((one) => pod(one)) }),
    attempt: 1,
    parallelism: 1,
    claimed: true,
    memoryLimitBytes: 4 * GIB,
    timeoutSeconds: 3600,
    reached: ', at 2015-06-30',
    mayRecord: () => true,
    ...more,
  }
}

const said = (verdict: Verdict | null) =>
  verdict === null ? 'nothing' : verdict.is === 'failed' ? verdict.code : verdict.is

const FAILED = { finished: 'failed' } as const

type Row = readonly [title: string, evidence: Evidence, verdict: string]

/** operator.md 1, the truth table of memory, and its neighbours. */
const MEMORY: readonly Row[] = [
  ['the kernel killed it for memory', evidence([{ end: end(137, { reason: 'OOMKilled' }) }]), 'memory_limit'],
  ['killed by 137 without that reason it is a lost worker', evidence([{ end: end(137) }], FAILED), 'worker_lost'],
  ['an evicted pod is evicted, whatever its exit code', evidence([{ reason: 'Evicted', end: end(137) }]), 'evicted'],
  [
    'a child that was killed is reported by the runner itself',
    evidence([{ end: end(79, { termination: words({ class: 'memory_limit' }) }) }]),
    'memory_limit',
  ],
  ['exit 79 without words is memory too', evidence([{ end: end(79) }]), 'memory_limit'],
]

const EXITS: readonly Row[] = [
  ['exit 1 is a wrong environment', evidence([{ end: end(1) }]), 'environment_invalid'],
  ['exit 64 is a bad config', evidence([{ end: end(64) }]), 'config_invalid'],
  ['exit 65 is bad data', evidence([{ end: end(65) }]), 'data_invalid'],
  [
    'exit 65 with words is what they say',
    evidence([{ end: end(65, { termination: words({ class: 'pit_violation' }) }) }]),
    'pit_violation',
  ],
  ['exit 70 is an engine error', evidence([{ end: end(70) }]), 'engine_error'],
  ['exit 75 without a result is a database out of reach', evidence([{ end: end(75) }]), 'database_unavailable'],
  [
    'exit 75 with a result is a pending record',
    evidence([{ end: end(75, { termination: words({ outcome: 'completed', class: null }) }) }]),
    'completed',
  ],
  [
    'so is exit 143 with a result',
    evidence([{ end: end(143, { termination: words({ outcome: 'completed', class: null }) }) }]),
    'completed',
  ],
  ['exit 76 is a timeout', evidence([{ end: end(76) }]), 'timeout'],
  ['the deadline of the pod is a timeout', evidence([{ reason: 'DeadlineExceeded', end: end(143) }]), 'timeout'],
  ['a deadline before the container ran too', evidence([{ reason: 'DeadlineExceeded', phase: 'Failed' }]), 'timeout'],
  ['exit 77 is a cancel', evidence([{ end: end(77) }]), 'cancelled'],
  ['exit 78 says nothing of the attempt', evidence([{ end: end(78) }]), 'nothing'],
  ['exit 0 waits for the Job to say that this was all', evidence([{ end: end(0) }]), 'nothing'],
  ['exit 0 without a record is a lost worker', evidence([{ end: end(0) }], { finished: 'complete' }), 'worker_lost'],
  ['an unknown exit code is an engine error', evidence([{ end: end(3) }]), 'engine_error'],
  ['a segmentation fault is a lost worker', evidence([{ end: end(139) }]), 'worker_lost'],
]

const STOPPED: readonly Row[] = [
  ['a drain is an eviction', evidence([{ disruption: 'EvictionByEvictionAPI', end: end(143) }]), 'evicted'],
  [
    'a preemption too, also when it was killed',
    evidence([{ disruption: 'PreemptionByScheduler', end: end(137) }]),
    'evicted',
  ],
  ['a pod stopped without a cause waits for its Job to fail', evidence([{ end: end(143) }]), 'nothing'],
  ['then its worker is lost', evidence([{ end: end(143) }], FAILED), 'worker_lost'],
  ['a pod stopped with its Job was deleted with it', evidence([{ end: end(143) }], { deleting: true }), 'job_deleted'],
  ['a Job that is gone was deleted', evidence([{ gone: true, end: end(143) }], { gone: true }), 'job_deleted'],
  ['unless its pod had said more before', evidence([{ gone: true, end: end(70) }], { gone: true }), 'engine_error'],
  ['a claimed attempt without a Job was deleted', { ...evidence([]), job: null }, 'job_deleted'],
  ['an unclaimed one is nothing yet', { ...evidence([]), job: null, claimed: false }, 'nothing'],
  ['a pod that its node refused is evicted', evidence([{ phase: 'Failed', reason: 'OutOfmemory' }]), 'evicted'],
  ['a pod that is gone without a trace waits for its Job', evidence([{ gone: true }]), 'nothing'],
]

const JOBS: readonly Row[] = [
  [
    'the Job tells an eviction when its pod is gone',
    evidence([{ gone: true }], {
      ...FAILED,
      message: 'Pod a/b has condition DisruptionTarget matching FailJob rule at index 1',
    }),
    'evicted',
  ],
  [
    'the Job tells the exit code when its pod is gone',
    evidence([], {
      ...FAILED,
      message: 'Container runner for pod a/b failed with exit code 79 matching FailJob rule at index 2',
    }),
    'memory_limit',
  ],
  [
    'a Job that failed without a word is a lost worker',
    evidence([], { ...FAILED, reason: 'BackoffLimitExceeded' }),
    'worker_lost',
  ],
  ['a Job that runs says nothing', evidence([{}]), 'nothing'],
]

const PARALLEL: readonly Row[] = [
  [
    'the first cause speaks, not the pods that were stopped after it',
    evidence(
      [
        { uid: 'a', end: end(143) },
        { uid: 'b', end: end(65, { termination: words() }) },
      ],
      FAILED,
      { parallelism: 2 },
    ),
    'data_invalid',
  ],
  [
    'a result in place is recorded, whatever happened to the other pods',
    evidence(
      [{ uid: 'a', end: end(137) }, { end: end(75, { termination: words({ outcome: 'completed', class: null }) }) }],
      FAILED,
      { parallelism: 2 },
    ),
    'completed',
  ],
  [
    'a pod that is done with its units ends nothing',
    evidence([{ end: end(0) }, { uid: 'b' }], {}, { parallelism: 2 }),
    'nothing',
  ],
]

const DISPLACED: readonly Row[] = [
  [
    'a result of a pod that was displaced is nothing',
    evidence(
      [{ end: end(75, { termination: words({ outcome: 'completed', class: null }) }) }],
      {},
      { mayRecord: () => false },
    ),
    'nothing',
  ],
]

for (const [title, facts, verdict] of [...MEMORY, ...EXITS, ...STOPPED, ...JOBS, ...PARALLEL, ...DISPLACED]) {
  test(title, () => assert.equal(said(judge(facts)), verdict))
}

test('a kill for memory names limit, peak and what to do', () => {
  const verdict = judge(evidence([{ end: end(137, { reason: 'OOMKilled' }) }]))
  assert.ok(verdict?.is === 'failed')
  assert.equal(verdict.message, 'memory reached 4096 MiB, at 2015-06-30; the limit is 4096 MiB; raise memoryLimit')
  assert.equal(verdict.peakMemoryBytes, 4 * GIB)
})

test('a timeout names its limit and the last date', () => {
  const verdict = judge(evidence([{ end: end(76) }]))
  assert.match(verdict?.is === 'failed' ? verdict.message : '', /after 3600 s, at 2015-06-30; raise timeoutSeconds/)
})

test("a runner's own words, exit code and peak are kept", () => {
  const verdict = judge(evidence([{ end: end(65, { termination: words() }) }]))
  assert.deepEqual(verdict, {
    is: 'failed',
    code: 'data_invalid',
    message: 'row 7 is damaged',
    exitCode: 65,
    peakMemoryBytes: 512,
  })
})

test('a worker whose beats stopped is lost, its node where that took the pod away', () => {
  const at = { attempt: 2, node: 'node-b' }
  assert.equal(said(lostVerdict(undefined, at)), 'heartbeat_lost')
  assert.equal(said(lostVerdict(pod({ disruption: 'DeletionByTaintManager' }), at)), 'node_lost')
  const verdict = lostVerdict(undefined, at)
  assert.match(
    verdict.is === 'failed' ? verdict.message : '',
    /worker heartbeat lost: node node-b, attempt 2; you can resubmit/,
  )
})
