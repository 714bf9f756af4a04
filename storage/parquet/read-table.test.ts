import { strict as assert } from 'node:assert'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import pl from 'nodejs-polars'
import { encodeWhole } from './encode.ts'
import { readTable, type TableFilter } from './read-table.ts'
import { ARTIFACTS, type TableSchema } from './schemas.ts'

const SIGNALS = ARTIFACTS.dailySignals
const columns = {
  date: Int32Array.of(-1, -1, 0, 0, 1),
  permno: Float64Array.of(3, 2 ** 53 - 1, 3, 4, 3),
  signal: Float64Array.of(0.1, Number.NaN, -0, 1e-320, Number.POSITIVE_INFINITY),
}
let directory = ''
let file = ''

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hindcast-read-table-'))
  file = join(directory, SIGNALS.file)
  writeFileSync(file, await encodeWhole(SIGNALS, { columns }))
})
after(() => rmSync(directory, { recursive: true }))

test('what was written is read back value for value', async () => {
  assert.deepEqual(await readTable(SIGNALS, file), columns)
})

const filters: [title: string, filter: TableFilter, rows: number[]][] = [
  ['a permno selects its rows', { permno: 3 }, [0, 2, 4]],
  ['both ends of a date range are inside it', { from: -1, to: 0 }, [0, 1, 2, 3]],
  ['a range may be open', { from: 0 }, [2, 3, 4]],
  ['a limit takes the first rows of what the filter leaves', { permno: 3, limit: 2 }, [0, 2]],
  ['a filter that nothing meets gives empty columns', { permno: 99 }, []],
]
for (const [title, filter, rows] of filters) {
  test(title, async () => {
    const found = await readTable(SIGNALS, file, filter)
    assert.deepEqual(
      found.signal,
      Float64Array.from(rows, (row) => columns.signal[row] as number),
    )
    assert.equal(found.date?.length, rows.length)
  })
}

const wanted = (schema: TableSchema, change: (name: string) => TableSchema['columns']): TableSchema => ({
  ...schema,
  columns: schema.columns.flatMap(({ name, type }) => [{ name, type }, ...change(name)]),
})

const corrupt: [title: string, schema: TableSchema, message: RegExp][] = [
  [
    'a column that the schema lists and the file lacks is named',
    wanted(SIGNALS, (name) => (name === 'signal' ? [{ name: 'rank', type: 'float64' }] : [])),
    /daily_signals\.parquet misses the column rank$/,
  ],
  [
    'a column of another type is named with what was found and expected',
    { ...SIGNALS, columns: [{ name: 'signal', type: 'int64' }] },
    /column signal is Float64, expected Int64$/,
  ],
]
for (const [title, schema, message] of corrupt) {
  test(title, async () => {
    await assert.rejects(readTable(schema, file), { code: 'artifact_corrupt', message })
  })
}

test('a file that is no Parquet is corrupt, not a crash', async () => {
  const path = join(directory, 'broken.parquet')
  writeFileSync(path, 'PAR1, but not really')
  await assert.rejects(readTable(SIGNALS, path), { code: 'artifact_corrupt', message: /cannot be read as Parquet/ })
})

test('a file cut short is corrupt', async () => {
  const path = join(directory, 'short.parquet')
  const bytes = await encodeWhole(SIGNALS, { columns })
  writeFileSync(path, bytes.subarray(0, bytes.length - 20))
  await assert.rejects(readTable(SIGNALS, path), { code: 'artifact_corrupt' })
})

for (const name of ['a[1]*?', 'signal=7', 'percent%20 and ünïcode']) {
  test(`a folder called ${name} is a name like any other`, async () => {
    const path = join(directory, name, SIGNALS.file)
    mkdirSync(join(directory, name))
    writeFileSync(path, await encodeWhole(SIGNALS, { columns }))
    assert.deepEqual(await readTable(SIGNALS, path), columns)
  })
}

test('a null in a file of another writer is corrupt, and the column is named', async () => {
  const path = join(directory, 'nulls.parquet')
  const frame = pl.DataFrame({ date: [1, 2], return: [0.5, null] }).select(pl.col('date').cast(pl.Date), 'return')
  frame.writeParquet(path)
  const read = readTable(ARTIFACTS.dailyPortfolioReturns, path)
  await assert.rejects(read, { code: 'artifact_corrupt', message: /column return holds 1 nulls/ })
})
