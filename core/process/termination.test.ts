import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decodeTermination,
  encodeTermination,
  exitCodeOf,
  MESSAGE_BYTES,
  TERMINATION_BYTES,
  type Termination,
} from './termination.ts'

const JOB = '0123456789abcdef0123456789abcdef'
const HASH = 'ab'.repeat(32)

const result = {
  resultPath: `research/${JOB}/3`,
  manifestSha256: HASH,
  contentSha256: HASH,
  engineRevision: 1,
  engineVersion: '0.1.0',
  snapshotId: 'sp500-2f6c0a91',
  datasetVersionIds: { crsp: `1:${HASH}` },
  metrics: { mean_ic: 0.0125, icir: null },
  costSummary: { net_sharpe: -0.25 },
  artifactBytes: 12_345,
}
const completed: Termination = {
  v: 1,
  jobId: JOB,
  attempt: 3,
  index: 0,
  podUid: 'b7e0',
  outcome: 'completed',
  class: null,
  message: '',
  pct: 100,
  result,
  peakMemory: 400_000_000,
}
const failed: Termination = {
  ...completed,
  outcome: 'failed',
  class: 'memory_limit',
  message: 'memory reached 450 MiB',
  pct: 41,
  result: null,
}

for (const [title, termination] of [
  ['a completed result', completed],
  ['a failure', failed],
  ['a cancel', { ...failed, outcome: 'cancelled', class: null }],
  ['an interruption before anything was known', { ...failed, outcome: 'interrupted', class: null, peakMemory: null }],
  ['a record that is pending', { ...completed, class: 'database_unavailable', message: 'out of reach' }],
] as const satisfies readonly (readonly [string, Termination])[]) {
  test(`${title} is read back as it was written`, () => {
    assert.deepEqual(decodeTermination(encodeTermination(termination), { jobId: JOB, attempt: 3 }), termination)
  })
}

test('the fields of a result stand beside the others, as the contract names them', () => {
  assert.deepEqual(Object.keys(JSON.parse(encodeTermination(completed))).sort(), [
    'artifactBytes',
    'attempt',
    'class',
    'contentSha256',
    'costSummary',
    'datasetVersionIds',
    'engineRevision',
    'engineVersion',
    'index',
    'jobId',
    'manifestSha256',
    'message',
    'metrics',
    'outcome',
    'pct',
    'peakMemory',
    'podUid',
    'resultPath',
    'snapshotId',
    'v',
  ])
})

test('numbers that are not finite become null', () => {
  const odd = { ...completed, result: { ...result, metrics: { a: Number.NaN, b: Number.POSITIVE_INFINITY } } }
  assert.deepEqual(decodeTermination(encodeTermination(odd))?.result?.metrics, { a: null, b: null })
})

test('a long message is cut between characters and loses its control characters', () => {
  const read = decodeTermination(encodeTermination({ ...failed, message: `\u001b[31m\u0000${'é'.repeat(5000)}` }))
  assert.ok(read !== null)
  assert.ok(Buffer.byteLength(read.message) <= MESSAGE_BYTES)
  assert.match(read.message, /^ \[31m é+$/)
})

test('whatever is written fits what the kubelet keeps, and is read back', () => {
  const metrics = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9_]{0,40}$/), fc.double(), { maxKeys: 150 })
  fc.assert(
    fc.property(metrics, fc.string({ maxLength: 3000, unit: 'binary' }), (found, message) => {
      const text = encodeTermination({ ...completed, message, result: { ...result, metrics: found } })
      assert.ok(Buffer.byteLength(text) <= TERMINATION_BYTES, `${Buffer.byteLength(text)} bytes`)
      assert.notEqual(decodeTermination(text), null)
    }),
    { numRuns: 60 },
  )
})

const wire = (change: object) => JSON.stringify({ ...JSON.parse(encodeTermination(completed)), ...change })

const HOSTILE: readonly [title: string, text: string][] = [
  ['nothing', ''],
  ['a log line', 'panic: out of memory'],
  ['half a message', encodeTermination(completed).slice(0, 300)],
  ['a list', '[]'],
  ['another version', wire({ v: 2 })],
  ['another job', wire({ jobId: 'f'.repeat(32), resultPath: `research/${'f'.repeat(32)}/3` })],
  ['another attempt', wire({ attempt: 4, resultPath: `research/${JOB}/4` })],
  ['an attempt as text', wire({ attempt: '3' })],
  ['a result of another attempt', wire({ resultPath: `research/${JOB}/2` })],
  ['a path that climbs', wire({ resultPath: `../${JOB}/3` })],
  ['a word that is no outcome', wire({ outcome: 'won' })],
  ['a class that is none', wire({ class: 'toString' })],
  ['a failure without a class', wire({ outcome: 'failed', class: null })],
  ['a completed result without its hash', wire({ contentSha256: null })],
  ['a completed result that nobody could reproduce', wire({ datasetVersionIds: {} })],
  ['a metric as text', wire({ metrics: { mean_ic: '0.5' } })],
  ['a metric beyond the numbers', encodeTermination(completed).replace('0.0125', '1e999')],
  ['a metric named like a prototype', encodeTermination(completed).replace('"mean_ic"', '"__proto__"')],
  ['metrics that are a list', wire({ metrics: [1] })],
  ['a message that is an object', wire({ message: {} })],
  ['a pod uid with a quote', wire({ podUid: "x'--" })],
  ['more bytes than the kubelet keeps', wire({ more: 'x'.repeat(4096) })],
]
for (const [title, text] of HOSTILE) {
  test(`${title} is no message`, () => {
    assert.equal(decodeTermination(text, { jobId: JOB, attempt: 3 }), null)
  })
}

test('any text at all is read without a throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((value) => JSON.stringify({ v: 1, ...value })),
      ),
      (text) => {
        decodeTermination(text)
      },
    ),
  )
})

test('a field that a later version adds is let pass', () => {
  assert.deepEqual(decodeTermination(wire({ later: { x: 1 } })), completed)
})

const EXITS: readonly [Parameters<typeof exitCodeOf>, number][] = [
  [['completed', null, true], 0],
  [['completed', 'database_unavailable', false], 75],
  [['failed', 'config_invalid', true], 64],
  [['failed', 'data_missing', true], 65],
  [['failed', 'engine_error', true], 70],
  [['failed', 'storage_full', true], 75],
  [['failed', 'timeout', true], 76],
  [['failed', 'memory_limit', true], 79],
  [['failed', 'environment_invalid', false], 1],
  [['failed', 'node_lost', true], 70],
  [['cancelled', null, true], 77],
  [['fenced', null, true], 78],
  [['interrupted', null, true], 143],
]
for (const [given, code] of EXITS) {
  test(`${given.join(' ')} exits ${code}`, () => assert.equal(exitCodeOf(...given), code))
}
