import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import type { Outcome } from '../../core/outcome.ts'
import { decodeTermination, encodeTermination } from '../../core/process/termination.ts'
import type { Completion } from '../../storage/ledger/ledger.ts'
import { type EndFacts, endingOf, endingOfError } from './ending.ts'

const JOB = '0123456789abcdef0123456789abcdef'
const HASH = 'ab'.repeat(32)
const completion: Completion = {
  metrics: { mean_ic: 0.5, icir: Number.NaN, decay_half_life: null },
  costConfig: null,
  costSummary: { net_sharpe: 1.5, gross_sharpe: null },
  resultPath: `research/${JOB}/3`,
  snapshotId: 'sp500-2f6c0a91',
  datasetVersionIds: { crsp: '1:x' },
  engineRevision: 1,
  engineVersion: '0.1.0',
  imageDigest: null,
  contentSha256: HASH,
  manifestSha256: HASH,
  resultKey: HASH,
  artifactBytes: 10,
  peakMemoryBytes: 20,
}
const facts: EndFacts = {
  config: { jobId: JOB, attempt: 3, index: 1, podUid: 'p' },
  percent: 41,
  peakMemoryBytes: 20,
  terminated: false,
  unwritten: null,
  completion,
}
const completed: Outcome = {
  outcome: 'completed',
  resultPath: completion.resultPath,
  contentSha256: HASH,
  manifestSha256: HASH,
  metrics: completion.metrics,
}
const away = new HindcastError('database_unavailable', 'the database is out of reach')

const OUTCOMES: readonly [outcome: Outcome, exit: number, code: string | null, percent: number][] = [
  [completed, 0, null, 100],
  [{ outcome: 'delivered' }, 0, null, 41],
  [{ outcome: 'failed', code: 'memory_limit', message: 'm' }, 79, 'memory_limit', 41],
  [{ outcome: 'failed', code: 'data_missing', message: 'm' }, 65, 'data_missing', 41],
  [{ outcome: 'cancelled', message: 'cancelled at 2015-01-02' }, 77, null, 41],
  [{ outcome: 'interrupted' }, 143, null, 41],
  [{ outcome: 'fenced' }, 78, null, 41],
]
for (const [outcome, exit, code, percent] of OUTCOMES) {
  test(`${outcome.outcome} ${code ?? ''} exits ${exit} and says so in words the operator can read`, () => {
    const { exitCode, termination } = endingOf(outcome, facts)
    assert.deepEqual(
      [exitCode, termination.outcome, termination.class, termination.pct],
      [exit, outcome.outcome, code, percent],
    )
    assert.deepEqual(decodeTermination(encodeTermination(termination), { jobId: JOB, attempt: 3 }), {
      ...termination,
      result: termination.result && { ...termination.result, metrics: { mean_ic: 0.5, icir: null } },
    })
  })
}

test('a result leaves out what is not defined, and its last words say NaN as null', () => {
  const { termination } = endingOf(completed, facts)
  assert.deepEqual(termination.result?.metrics, { mean_ic: 0.5, icir: Number.NaN })
  assert.deepEqual(termination.result?.costSummary, { net_sharpe: 1.5 })
})

const THROWN: readonly [title: string, thrown: unknown, change: Partial<EndFacts>, [number, string, string | null]][] =
  [
    [
      'a completed result that could not be recorded',
      away,
      { unwritten: { what: 'completed', completion } },
      [75, 'completed', 'database_unavailable'],
    ],
    [
      'the same, ended by SIGTERM',
      away,
      { unwritten: { what: 'completed', completion }, terminated: true },
      [75, 'completed', 'database_unavailable'],
    ],
    [
      'a commit that hangs when the grace is over',
      new Error('the grace is over'),
      { unwritten: { what: 'completed', completion }, terminated: true },
      [75, 'completed', 'database_unavailable'],
    ],
    [
      'a failure that could not be written',
      away,
      { unwritten: { what: 'failed', failure: { errorClass: 'timeout', message: 'm' } } },
      [76, 'failed', 'timeout'],
    ],
    [
      'a cancel that could not be written',
      away,
      { unwritten: { what: 'cancelled', failure: { errorClass: 'cancelled', message: 'm' } } },
      [77, 'cancelled', null],
    ],
    ['a database that never came', away, {}, [75, 'failed', 'database_unavailable']],
    ['a database that never came, ended by SIGTERM', away, { terminated: true }, [143, 'interrupted', null]],
    ['an expected failure', new HindcastError('snapshot_not_found', 'm'), {}, [65, 'failed', 'snapshot_not_found']],
    ['a bug', new TypeError('x is not a function\n    at y'), {}, [70, 'failed', 'engine_error']],
    ['a thrown text', 'boom', {}, [70, 'failed', 'engine_error']],
  ]
for (const [title, thrown, change, [exit, outcome, code]] of THROWN) {
  test(`${title} ends as ${outcome} with ${exit}`, () => {
    const { exitCode, termination } = endingOfError(thrown, { ...facts, ...change })
    assert.deepEqual([exitCode, termination.outcome, termination.class], [exit, outcome, code])
    assert.ok(!termination.message.includes('\n'))
  })
}
