import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { columnOf } from './columns.ts'
import { jobOf } from './read-rows.ts'

/** The columns that must have a value, as a driver gives them. */
const raw = {
  id: '85091a46-7447-4c5b-ae15-4477f2ab8a35',
  job_id: 'j',
  config_hash: 'h',
  kind: 'backtest',
  namespace: 'default',
  status: 'pending',
  alpha_name: 'momentum',
  start_date: '2015-01-02',
  end_date: '2015-12-31',
  weight_method: 'zscore',
  created_by: 'ada',
  priority: 'normal',
  deletion_policy: 'retain',
  attempt: 0,
  created_at: '2026-11-22T21:11:51Z',
  updated_at: '2026-11-22T21:11:51Z',
  pinned: false,
}

const TOLERATED: readonly (readonly [string, Record<string, unknown>, string, unknown])[] = [
  ['a number as text', { mean_ic: '0.0125' }, 'meanIc', 0.0125],
  ['a number that is none', { mean_ic: 'n/a' }, 'meanIc', null],
  ['a NaN', { mean_ic: Number.NaN }, 'meanIc', null],
  ['an empty text for a number', { mean_ic: ' ' }, 'meanIc', null],
  ['no configuration', { config_json: null }, 'configJson', {}],
  ['a configuration as text', { config_json: '{"a":1}' }, 'configJson', { a: 1 }],
  ['dataset versions that are a list', { dataset_version_ids: [1] }, 'datasetVersionIds', null],
  ['dataset versions that are broken text', { dataset_version_ids: '{' }, 'datasetVersionIds', null],
  ['no timeout', { job_timeout: null }, 'jobTimeout', 3600],
  ['no progress', {}, 'progressPct', 0],
  ['no retries', {}, 'retryCount', 0],
  ['a date as Date', { progress_date: new Date('2015-03-04T00:00:00Z') }, 'progressDate', '2015-03-04'],
]
for (const [what, change, field, expected] of TOLERATED) {
  test(`a row with ${what} is read`, () => {
    assert.deepEqual((jobOf({ ...raw, ...change }) as unknown as Record<string, unknown>)[field], expected)
  })
}

for (const column of ['job_id', 'status', 'created_by', 'start_date', 'attempt']) {
  test(`a row without ${column} is an error that names it`, () => {
    assert.throws(() => jobOf({ ...raw, [column]: null }), new RegExp(column))
  })
}

test('a field and its column are one name in two spellings', () => {
  const pairs = {
    meanIc: 'mean_ic',
    contentSha256: 'content_sha256',
    job: 'job',
    cancelRequestedAt: 'cancel_requested_at',
  }
  for (const [field, column] of Object.entries(pairs)) assert.equal(columnOf(field), column)
})
