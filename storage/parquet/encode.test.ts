import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { CELL } from '../../engine/result.ts'
import { encodeWhole } from './encode.ts'
import { type DenseSource, ROW_GROUP_ROWS, sourceRows, type TableSource } from './row-groups.ts'
import { ARTIFACTS, type Columns } from './schemas.ts'

const SIGNALS = ARTIFACTS.dailySignals

/** Two dates of three names: a value, a NaN, a null; then a row that is not there. */
const small: DenseSource = {
  dates: Int32Array.of(16436, 16437),
  permnos: Float64Array.of(10001, 10002, 2 ** 40 + 5),
  table: {
    values: Float64Array.of(0.1, Number.NaN, 99, 0, -1.5, Number.NEGATIVE_INFINITY),
    state: Uint8Array.of(CELL.value, CELL.value, CELL.null, CELL.absent, CELL.value, CELL.value),
  },
}

async function read(bytes: Uint8Array): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: bytes.slice().buffer })
}

test('a dense table becomes rows by date, then permno; absent cells are left out and nulls become NaN', async () => {
  const rows = await read(await encodeWhole(SIGNALS, small))
  const [first, second] = [new Date('2015-01-01'), new Date('2015-01-02')]
  assert.deepEqual(rows, [
    { date: first, permno: 10001n, signal: 0.1 },
    { date: first, permno: 10002n, signal: Number.NaN },
    { date: first, permno: 1099511627781n, signal: Number.NaN },
    { date: second, permno: 10002n, signal: -1.5 },
    { date: second, permno: 1099511627781n, signal: Number.NEGATIVE_INFINITY },
  ])
})

for (const schema of Object.values(ARTIFACTS)) {
  test(`${schema.file} has the types of the contract, snappy, no nulls and no timestamp`, async () => {
    const columns = Object.fromEntries(
      schema.columns.map(({ name, type }) => [
        name,
        type === 'float64' ? Float64Array.of(1.5, Number.NaN) : Int32Array.of(-1, 7),
      ]),
    )
    const bytes = await encodeWhole(schema, { columns })
    const metadata = parquetMetadata(bytes.slice().buffer)
    const physical = { date: 'INT32', int32: 'INT32', int64: 'INT64', float64: 'DOUBLE' }
    assert.deepEqual(
      metadata.schema.slice(1).map((found) => [found.name, found.type, found.repetition_type, found.converted_type]),
      schema.columns.map(({ name, type }) => [name, physical[type], 'REQUIRED', type === 'date' ? 'DATE' : undefined]),
    )
    for (const column of metadata.row_groups[0]?.columns ?? []) {
      assert.equal(column.meta_data?.codec, 'SNAPPY')
      assert.equal(column.meta_data?.statistics?.null_count, 0n)
    }
    assert.equal(metadata.created_by, 'hindcast')
    assert.equal((await read(bytes)).length, 2)
  })
}

test('a table without rows is a readable file with the schema', async () => {
  const empty = { columns: { date: new Int32Array(0), return: new Float64Array(0) } }
  const bytes = await encodeWhole(ARTIFACTS.dailyPortfolioReturns, empty)
  assert.deepEqual(await read(bytes), [])
  assert.equal(parquetMetadata(bytes.slice().buffer).schema.length, 3)
})

test('a NaN with another bit pattern is written as the same bytes', async () => {
  const odd = new Float64Array(1)
  new BigUint64Array(odd.buffer)[0] = 0xfff8_0000_dead_beefn
  const file = (value: Float64Array) =>
    encodeWhole(ARTIFACTS.dailyPortfolioReturns, { columns: { date: Int32Array.of(1), return: value } })
  assert.deepEqual(await file(odd), await file(Float64Array.of(Number.NaN)))
})

test('the dense form and plain columns of the same rows give the same bytes', async () => {
  const columns: Columns = {
    date: Int32Array.of(16436, 16436, 16436, 16437, 16437),
    permno: Float64Array.of(10001, 10002, 2 ** 40 + 5, 10002, 2 ** 40 + 5),
    signal: Float64Array.of(0.1, Number.NaN, Number.NaN, -1.5, Number.NEGATIVE_INFINITY),
  }
  assert.deepEqual(await encodeWhole(SIGNALS, small), await encodeWhole(SIGNALS, { columns }))
})

test('row groups have one size whatever the table, and values survive their borders', async () => {
  const rows = 2 * ROW_GROUP_ROWS + 3
  const source: TableSource = {
    dates: Int32Array.of(5),
    permnos: Float64Array.from({ length: rows }, (_, i) => i * 3),
    table: {
      values: Float64Array.from({ length: rows }, (_, i) => i / 7),
      state: new Uint8Array(rows).fill(CELL.value),
    },
  }
  assert.equal(sourceRows(SIGNALS, source), rows)
  const bytes = await encodeWhole(SIGNALS, source)
  const groups = parquetMetadata(bytes.slice().buffer).row_groups.map((group) => Number(group.num_rows))
  assert.deepEqual(groups, [ROW_GROUP_ROWS, ROW_GROUP_ROWS, 3])
  const border = await parquetReadObjects({
    file: bytes.slice().buffer,
    rowStart: ROW_GROUP_ROWS - 1,
    rowEnd: ROW_GROUP_ROWS + 1,
  })
  assert.deepEqual(
    border.map((row) => [row.permno, row.signal]),
    [ROW_GROUP_ROWS - 1, ROW_GROUP_ROWS].map((i) => [BigInt(i * 3), i / 7]),
  )
})

test('a source that does not fit the schema throws before the first byte', async () => {
  const encode = encodeWhole(SIGNALS, { columns: { date: Int32Array.of(1) } })
  await assert.rejects(encode, { code: 'schema_violation' })
})

test('any doubles come back bit for bit, but for the one NaN', async () => {
  const doubles = fc.array(fc.double(), { minLength: 1, maxLength: 50 })
  await fc.assert(
    fc.asyncProperty(doubles, async (values) => {
      const columns = { date: Int32Array.from(values.keys()), return: Float64Array.from(values) }
      const rows = await read(await encodeWhole(ARTIFACTS.dailyPortfolioReturns, { columns }))
      assert.deepEqual(
        rows.map((row) => row.return),
        values,
      )
    }),
    { numRuns: 25 },
  )
})
