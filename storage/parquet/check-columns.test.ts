import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../../core/errors.ts'
import { checkColumns } from './check-columns.ts'
import { ARTIFACTS, type Columns } from './schemas.ts'

const good: Columns = {
  date: Int32Array.of(10, 10, 11),
  permno: Float64Array.of(1, 2, 1),
  signal: Float64Array.of(0.5, Number.NaN, -1),
}

const { signal: _, ...withoutSignal } = good
const { permno: __, ...withoutBoth } = withoutSignal

const refusals: [title: string, columns: Columns, message: RegExp][] = [
  ['a missing column is named', withoutSignal, /daily_signals\.parquet misses the column signal$/],
  ['all missing columns are named at once', withoutBoth, /misses the columns permno, signal$/],
  ['an unlisted column is named', { ...good, ticker: Int32Array.of(1, 2, 3) }, /unlisted columns ticker/],
  [
    'a column of another type is named with what was found and expected',
    { ...good, signal: Int32Array.of(1, 2, 3) },
    /column signal is a Int32Array, expected float64 in a Float64Array$/,
  ],
  [
    'a date is never a double',
    { ...good, date: Float64Array.of(10, 10, 11) },
    /column date is a Float64Array, expected date/,
  ],
  ['a permno with a fraction is refused', { ...good, permno: Float64Array.of(1, 2.5, 3) }, /permno holds 2\.5/],
  [
    'a permno beyond 2^53 is refused',
    { ...good, permno: Float64Array.of(1, 2 ** 53, 3) },
    /permno holds 9007199254740992/,
  ],
  [
    'columns of unequal length are refused',
    { ...good, signal: Float64Array.of(1) },
    /column signal has 1 rows, expected 3/,
  ],
  ['rows out of order by date are refused', { ...good, date: Int32Array.of(10, 11, 10) }, /row 2 is not above/],
  ['rows out of order by permno are refused', { ...good, permno: Float64Array.of(2, 1, 1) }, /row 1 is not above/],
  ['two rows of one key are refused', { ...good, permno: Float64Array.of(1, 1, 1) }, /row 1 is not above/],
]

test('columns that fit the schema pass, NaN included', () => {
  checkColumns(ARTIFACTS.dailySignals, good)
})

test('a table without rows passes', () => {
  checkColumns(ARTIFACTS.dailySignals, {
    date: new Int32Array(0),
    permno: new Float64Array(0),
    signal: new Float64Array(0),
  })
})

for (const [title, columns, message] of refusals) {
  test(title, () => {
    assert.throws(
      () => checkColumns(ARTIFACTS.dailySignals, columns),
      (error: unknown) => {
        assert.ok(error instanceof HindcastError)
        assert.equal(error.code, 'schema_violation')
        assert.match(error.message, message)
        return true
      },
    )
  })
}
