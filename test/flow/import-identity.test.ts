import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { formatIsoDate } from '../../core/dates.ts'
import { encodeSnapshotFile } from '../../storage/parquet/snapshot-file.ts'
import { createBench, tablesOf } from './import-files.ts'

const bench = createBench()
after(bench.remove)

const EXAMPLE = fileURLToPath(new URL('../../examples/data/all_stocks_5yr.csv.gz', import.meta.url))
const EXAMPLE_SHA256 = '00c4d29b6e54ce378d827aca9e820593f5feefe22c1265ba6bf94a64cdd554b1'
/** Content hash of the golden panel `sp500_5yr.parquet`, imported as it stands (preset native). */
const GOLDEN_SHA256 = '1fd4f098b28186cfb3a70af149d7912762ee106b01762f458d7324e433333c5d'

test('the shipped data decompresses to the CSV it says it is', () => {
  const csv = gunzipSync(readFileSync(EXAMPLE))
  assert.equal(createHash('sha256').update(csv).digest('hex'), EXAMPLE_SHA256)
})

test('importing the shipped CSV gives the golden S&P 500 panel, value for value', async () => {
  const { record } = await bench.run({ prices: [EXAMPLE], preset: 'kaggle' })
  const prices = record.roles.find(({ role }) => role === 'crsp')
  assert.equal(prices?.contentSha256, GOLDEN_SHA256)
  assert.deepEqual(
    [record.names, record.dates, prices?.rows, record.startDate, record.endDate],
    [505, 1259, 619_040, '2013-02-08', '2018-02-07'],
  )
  assert.deepEqual(
    record.quality.findings.map(({ reason, count }) => [reason, count]),
    [
      ['blank_bar', 11],
      ['impossible_bar', 12],
    ],
  )
})

const value = fc.option(fc.double({ min: -0.9, max: 5, noNaN: true }), { freq: 4 })
const price = fc.record({
  permno: fc.integer({ min: 1, max: 5 }),
  date: fc.integer({ min: 18_000, max: 18_020 }),
  ret: value,
  prc: value,
})
const panel = fc.uniqueArray(price, {
  selector: ({ permno, date }) => `${permno} ${date}`,
  minLength: 1,
  maxLength: 25,
})
type Price = { permno: number; date: number; ret: number | null; prc: number | null }

const csvOf = (rows: readonly Price[]) =>
  ['permno,date,ret,prc', ...rows.map((row) => [row.permno, formatIsoDate(row.date), row.ret, row.prc].join())].join(
    '\n',
  )

function parquetOf(rows: readonly Price[]): Uint8Array {
  const number = (name: 'ret' | 'prc') => ({
    name,
    kind: 'number' as const,
    values: Float64Array.from(rows, (row) => row[name] ?? NaN),
    nulls: Uint8Array.from(rows, (row) => (row[name] === null ? 1 : 0)),
  })
  return encodeSnapshotFile([
    number('prc'),
    { name: 'permno', kind: 'id', values: Float64Array.from(rows, ({ permno }) => permno) },
    { name: 'date', kind: 'date', values: Int32Array.from(rows, ({ date }) => date) },
    number('ret'),
  ])
}

test('the snapshot id depends on the rows alone: not on their order, file, format or split over files', async () => {
  const cases = fc.tuple(panel, fc.infiniteStream(fc.nat()), fc.nat(24))
  await fc.assert(
    fc.asyncProperty(cases, async ([rows, noise, cut]) => {
      const keyed = rows.map((row) => ({ row, key: noise.next().value as number }))
      const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ row }) => row)
      const sorted = await bench.run({ prices: [bench.file('a.csv', csvOf(rows))] })
      const others = await Promise.all([
        bench.run({ prices: [bench.file('b.csv', csvOf(shuffled))] }),
        bench.run({ prices: [bench.file('c.parquet', parquetOf(shuffled))] }),
        bench.run({
          prices: [bench.file('d.csv', csvOf(shuffled.slice(0, cut))), bench.file('e.csv', csvOf(shuffled.slice(cut)))],
        }),
      ])
      for (const other of others) assert.equal(other.record.snapshotId, sorted.record.snapshotId)
    }),
    { numRuns: 12 },
  )
})

test('one changed bit, one null more and one row less each give another id', async () => {
  const rows: Price[] = [
    { permno: 1, date: 18_000, ret: 0.1, prc: 1 },
    { permno: 2, date: 18_000, ret: 0.2, prc: 1 },
  ]
  const [first, second] = rows as [Price, Price]
  const variants = [rows, [first, { ...second, ret: 0.2 + 2 ** -54 }], [first, { ...second, ret: null }], [first]]
  const ids = new Set<string>()
  for (const variant of variants)
    ids.add((await bench.run({ prices: [bench.file('a.csv', csvOf(variant))] })).record.snapshotId)
  assert.equal(ids.size, variants.length)
})

test('a Parquet file with tickers as texts and days as texts reads like its CSV', async () => {
  const rows = [
    ['2020-01-02', 10, 'B'],
    ['2020-01-02', 5, 'A'],
    ['2020-01-03', 11, 'B'],
  ] as const
  const lines = rows.map(([date, close, name]) => `${date},${close},${name},,,,\n`)
  const csv = `date,close,Name,open,high,low,volume\n${lines.join('')}`
  const parquet = encodeSnapshotFile([
    { name: 'date', kind: 'text', values: rows.map(([date]) => date) },
    { name: 'close', kind: 'number', values: Float64Array.from(rows, ([, close]) => close), nulls: new Uint8Array(3) },
    { name: 'Name', kind: 'text', values: rows.map(([, , name]) => name) },
  ])
  const fromCsv = await bench.run({ prices: [bench.file('k.csv', csv)], preset: 'kaggle' })
  const fromParquet = await bench.run({ prices: [bench.file('k.parquet', parquet)], preset: 'kaggle' })
  assert.equal(fromParquet.record.snapshotId, fromCsv.record.snapshotId)
  assert.deepEqual([...tablesOf(fromParquet).prices.prc], [5, 10, 11])
})

test('versions count the contents of a role in its dataset; content seen before keeps its number', async () => {
  const run = (ret: number) =>
    bench.run({ dataset: 'versions', prices: [bench.file('a.csv', csvOf([{ permno: 1, date: 18_000, ret, prc: 1 }]))] })
  const versions = []
  for (const ret of [0.1, 0.2, 0.1]) versions.push((await run(ret)).record.datasetVersionIds.crsp?.split(':')[0])
  assert.deepEqual(versions, ['1', '2', '1'])
})

test('new statements beside known prices raise the version of the statements alone', async () => {
  const prices = [bench.file('a.csv', csvOf([{ permno: 1, date: 18_000, ret: 0.1, prc: 1 }]))]
  const versions = []
  for (const ceq of [1, 2]) {
    const fundamentals = [bench.file('f.csv', `permno,datadate,ceq\n1,2018-12-31,${ceq}\n`)]
    const { record } = await bench.run({ dataset: 'parts', prices, fundamentals })
    versions.push(record.roles.map(({ role, version }) => `${role} ${version}`))
  }
  assert.deepEqual(versions, [
    ['compustat 1', 'crsp 1'],
    ['compustat 2', 'crsp 1'],
  ])
})
