import { strict as assert } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { HindcastError } from '../../core/errors.ts'
import type { ImportOptions } from '../../storage/in/import/import-dataset.ts'
import { encodeSnapshotFile } from '../../storage/parquet/snapshot-file.ts'
import { createBench } from './import-files.ts'

const bench = createBench()
after(bench.remove)

type Options = Partial<ImportOptions> & Pick<ImportOptions, 'prices'>

/** The import fails with one message of one line that names the place, and leaves nothing in the store. */
async function refused(options: Options, code: string, message: RegExp): Promise<void> {
  await assert.rejects(bench.run(options), (error: unknown) => {
    assert.ok(error instanceof HindcastError, String(error))
    assert.match(error.message, message)
    assert.equal(error.code, code, error.message)
    assert.ok(!error.message.includes('\n') && error.message.length < 1000, error.message)
    return true
  })
  assert.deepEqual(bench.stored(), [])
}

const NATIVE = 'permno,date,ret,prc,vol,shrout\n'
const GOOD = '7,2020-01-02,0.1,10,5,100\n'
const KAGGLE = 'date,open,high,low,close,volume,Name\n'

const native: [title: string, text: string, message: RegExp][] = [
  [
    'a word for a number',
    `${NATIVE}${GOOD}7,2020-01-03,abc,10,5,100\n`,
    /n\.csv, row 3, column ret: "abc" is not a number; allowed:/,
  ],
  [
    'a decimal comma',
    `${NATIVE.replaceAll(',', ';')}7;2020-01-02;0,1;10;5;100\n`,
    /row 2, column ret: "0,1" is not a number \(a decimal comma\)/,
  ],
  [
    'commas between thousands',
    `${NATIVE}7,2020-01-02,0.1,10,"1,234,567",100\n`,
    /column vol: .*\(commas between thousands/,
  ],
  ['a hexadecimal number', `${NATIVE}7,2020-01-02,0x10,10,5,100\n`, /column ret: "0x10" is not a number/],
  ['a ragged row', `${NATIVE}${GOOD}7,2020-01-03,0.1,10,5\n`, /n\.csv, row 3: has 5 fields, the header has 6/],
  ['a row with a field too many', `${NATIVE}7,2020-01-02,0.1,10,5,100,9\n`, /row 2: has 7 fields, the header has 6/],
  [
    'a date that is none',
    `${NATIVE}7,2015-02-30,0.1,10,5,100\n`,
    /row 2, column date: "2015-02-30" is not a calendar date; allowed: YYYY-MM-DD/,
  ],
  ['an American date', `${NATIVE}7,01/31/2015,0.1,10,5,100\n`, /column date: "01\/31\/2015" is not a calendar date/],
  [
    'a date in year 9999',
    `${NATIVE}7,9999-12-31,0.1,10,5,100\n`,
    /row 2, column date: the date lies outside 1900 to 2199/,
  ],
  ['a date in year 12', `${NATIVE}7,0012-12-31,0.1,10,5,100\n`, /column date: the date lies outside/],
  ['a blank date', `${NATIVE}7,,0.1,10,5,100\n`, /row 2, column date: is blank/],
  ['a blank permno', `${NATIVE},2020-01-02,0.1,10,5,100\n`, /row 2, column permno: is blank; allowed: a whole number/],
  [
    'permno 1e300',
    `${NATIVE}1e300,2020-01-02,0.1,10,5,100\n`,
    /row 2, column permno: is 1e\+300; allowed: a whole number from 1 to 2\^53 - 1/,
  ],
  ['permno 7.5', `${NATIVE}7.5,2020-01-02,0.1,10,5,100\n`, /column permno: is 7.5; allowed/],
  ['permno -7', `${NATIVE}-7,2020-01-02,0.1,10,5,100\n`, /column permno: is -7; allowed/],
  [
    'two rows of one day that differ',
    `${NATIVE}${GOOD}7,2020-01-02,0.2,10,5,100\n`,
    /row 3: a second row for permno 7 on 2020-01-02 with another ret; the first is row 2 of .*n\.csv/,
  ],
  ['a null against a value', `${NATIVE}${GOOD}7,2020-01-02,,10,5,100\n`, /row 3: a second row for permno 7/],
  ['an infinite return', `${NATIVE}7,2020-01-02,inf,10,5,100\n`, /row 2, column ret: holds Infinity; allowed/],
  ['a number too large', `${NATIVE}7,2020-01-02,1e999,10,5,100\n`, /column ret: holds Infinity/],
  ['a NaN price', `${NATIVE}7,2020-01-02,0.1,nan,5,100\n`, /row 2, column prc: holds NaN; allowed/],
  [
    'a return under -1',
    `${NATIVE}7,2020-01-02,-66,10,5,100\n`,
    /column ret: is -66; allowed: a return from -1 .* --preset crsp/,
  ],
  ['a negative volume', `${NATIVE}7,2020-01-02,0.1,10,-99,100\n`, /column vol: is -99; allowed/],
  ['negative shares', `${NATIVE}7,2020-01-02,0.1,10,5,-1\n`, /column shrout: is -1; allowed/],
  [
    'a NUL byte in a row',
    `${NATIVE}7,2020-01-02,0.\u00001,10,5,100\n`,
    /row 2, column ret: "0.\\u00001" is not a number/,
  ],
  [
    'a control character in a message',
    `${NATIVE}7,2020-01-02,\u001b[31mred,10,5,100\n`,
    /"\\u001b\[31mred" is not a number/,
  ],
  ['a header and no row', NATIVE, /has a header and no row/],
  ['a column that stands twice', 'permno,date,ret,ret\n7,2020-01-02,0.1,0.1\n', /row 1: column "ret" stands twice/],
  [
    'a quote that is never closed',
    `${NATIVE}${GOOD}"7,2020-01-03,0.1,10,5,100\n`,
    /row 3: a quote is opened and never closed/,
  ],
  ['old Mac line ends', `${NATIVE}${GOOD}`.replaceAll('\n', '\r'), /row 1: lines end with CR alone/],
  ['10^6 columns', `permno,date,ret${',x'.repeat(300_000)}\n`, /row 1: has more than 1024 columns/],
  ['a line without an end', `${NATIVE}${'7'.repeat(4 << 20)}`, /row 2: is longer than 1048576 bytes/],
  [
    'more cells than a panel holds',
    `${NATIVE}${sparse(16_000)}`,
    /16000 dates × 16000 names are 256000000 cells; allowed/,
  ],
]
for (const [title, text, message] of native) {
  test(`native: ${title} is refused`, async () => {
    await refused({ prices: [bench.file('n.csv', text)], preset: 'native' }, 'data_invalid', message)
  })
}

/** As many dates as names, one row each. */
function sparse(count: number): string {
  const day = (t: number) => new Date(Date.UTC(1950, 0, 1 + t)).toISOString().slice(0, 10)
  return Array.from({ length: count }, (_, t) => `${t + 1},${day(t)},0,1,1,1\n`).join('')
}

const otherFiles: [title: string, options: () => Options, code: string, message: RegExp][] = [
  [
    'a missing column',
    () => ({ prices: [bench.file('n.csv', 'permno,date\n7,2020-01-02\n')], preset: 'native' }),
    'data_missing',
    /row 1: the header lacks ret; found: "permno", "date"; required: permno, date, ret/,
  ],
  [
    'a header that fits no preset',
    () => ({ prices: [bench.file('x.csv', 'a,b,c\n1,2,3\n')] }),
    'data_missing',
    /the header fits no preset \("a", "b", "c"\); known are/,
  ],
  [
    'a file that is not there',
    () => ({ prices: [join(bench.root, 'absent.csv')] }),
    'data_missing',
    /absent\.csv: there is no such file/,
  ],
  ['an empty file', () => ({ prices: [bench.file('e.csv', '')] }), 'data_invalid', /e\.csv: is empty/],
  [
    'an empty file inside gzip',
    () => ({ prices: [bench.file('e.csv.gz', gzipSync(''))] }),
    'data_invalid',
    /e\.csv\.gz: is empty once decompressed/,
  ],
  ['a directory', () => ({ prices: [bench.root] }), 'data_invalid', /is a directory; name a CSV or Parquet file/],
  [
    'a gzip that is cut short',
    () => ({
      prices: [bench.file('g.csv.gz', gzipSync(`${NATIVE}${GOOD.repeat(9999)}`).subarray(0, 200))],
      preset: 'native',
    }),
    'data_invalid',
    /g\.csv\.gz: the gzip data is damaged or cut short/,
  ],
  [
    'gzip inside gzip',
    () => ({ prices: [bench.file('g.gz', gzipSync(gzipSync(NATIVE)))] }),
    'data_invalid',
    /is compressed twice/,
  ],
  [
    'a gzip bomb of one line',
    () => ({ prices: [bench.file('b.csv.gz', gzipSync(`${NATIVE}${'0'.repeat(64 << 20)}`))], preset: 'native' }),
    'data_invalid',
    /b\.csv\.gz, row 2: is longer than/,
  ],
  [
    'a gzip bomb of blank lines',
    () => ({ prices: [bench.file('b.csv.gz', gzipSync(`${NATIVE}${'\n'.repeat(100 << 20)}`))], preset: 'native' }),
    'data_invalid',
    /b\.csv\.gz: holds more than 400 times its compressed size/,
  ],
  [
    'a ZIP archive',
    () => ({ prices: [bench.file('a.zip', Buffer.from('PK\u0003\u0004rest'))] }),
    'data_invalid',
    /is a ZIP archive; unpack it/,
  ],
  [
    'a damaged Parquet file',
    () => ({ prices: [bench.file('p.parquet', Buffer.from(`PAR1${'x'.repeat(100)}PAR1`))] }),
    'data_invalid',
    /p\.parquet: is no Parquet file that can be read/,
  ],
  [
    'a Parquet file with a bad value',
    () => ({ prices: [bench.file('p.parquet', badParquet())] }),
    'data_invalid',
    /p\.parquet, row 2, column ret: is -66; allowed/,
  ],
  [
    'UTF-16',
    () => ({ prices: [bench.file('u.csv', Buffer.from(`\ufeff${NATIVE}`, 'utf16le'))] }),
    'data_invalid',
    /the text is UTF-16; save it as UTF-8/,
  ],
  [
    'an image',
    () => ({ prices: [bench.file('i.csv', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'))] }),
    'data_missing',
    /row 1: the header fits no preset/,
  ],
  [
    'kaggle: a price of 0',
    () => ({ prices: [bench.file('k.csv', `${KAGGLE}2020-01-02,1,1,1,0,5,A\n`)] }),
    'data_invalid',
    /row 2, column close: is 0; allowed: a price above 0/,
  ],
  [
    'kaggle: a negative volume',
    () => ({ prices: [bench.file('k.csv', `${KAGGLE}2020-01-02,1,1,1,1,-5,A\n`)] }),
    'data_invalid',
    /column volume: is -5/,
  ],
  [
    'kaggle: a blank name',
    () => ({ prices: [bench.file('k.csv', `${KAGGLE}2020-01-02,1,1,1,1,5,\n`)] }),
    'data_invalid',
    /row 2, column name: is blank; every row needs a ticker/,
  ],
  [
    'kaggle: a name of 300 letters',
    () => ({ prices: [bench.file('k.csv', `${KAGGLE}2020-01-02,1,1,1,1,5,${'A'.repeat(300)}\n`)] }),
    'data_invalid',
    /row 2, column name: .* is not a name/,
  ],
  [
    'kaggle: two bars of one day that differ',
    () => ({ prices: [bench.file('k.csv', `${KAGGLE}2020-01-02,1,1,1,1,5,A\n2020-01-02,1,2,1,1,5,A\n`)] }),
    'data_invalid',
    /row 3: a second row for "A" .* another high; the first is row 2/,
  ],
  [
    'kaggle: no close in any row',
    () => ({ prices: [bench.file('k.csv', `${KAGGLE}2020-01-02,1,1,1,,5,A\n`)] }),
    'data_invalid',
    /no row holds a price/,
  ],
  [
    'yahoo: no adjusted close in any row',
    () => ({ prices: [bench.file('A.csv', 'Date,Close,Adj Close,Volume\n2020-01-02,1,,5\n')] }),
    'data_invalid',
    /row 2, column adj close: every value of "A" is blank/,
  ],
  [
    'yahoo: a file name that is no ticker',
    () => ({ prices: [bench.file('my prices.csv', 'Date,Close,Adj Close\n2020-01-02,1,1\n')] }),
    'data_invalid',
    /the file name gives no ticker/,
  ],
  [
    'stooq: hourly bars',
    () => ({ prices: [bench.file('s.txt', '<TICKER>,<PER>,<DATE>,<CLOSE>\nA.US,60,20200102,1\n')] }),
    'data_invalid',
    /row 2, column per: is "60"; allowed: D/,
  ],
  [
    'crsp: two delistings of one name',
    () => ({
      prices: [bench.file('c.csv', `${NATIVE}${GOOD}`)],
      preset: 'crsp',
      delistings: bench.file('d.csv', 'permno,dlstdt,dlret\n7,20200102,-0.1\n7,20200103,-0.2\n'),
    }),
    'data_invalid',
    /d\.csv, row 3: a second delisting of permno 7; the first is row 2/,
  ],
  [
    'fundamentals: two statements of one vintage that differ',
    () => ({
      prices: [bench.file('n.csv', NATIVE + GOOD)],
      fundamentals: [bench.file('f.csv', 'permno,datadate,ceq\n7,20181231,1\n7,20181231,2\n')],
    }),
    'data_invalid',
    /f\.csv, row 3: a second statement of permno 7 for 2018-12-31 with another ceq/,
  ],
  [
    'fundamentals: NaN',
    () => ({
      prices: [bench.file('n.csv', NATIVE + GOOD)],
      fundamentals: [bench.file('f.csv', 'permno,datadate,ceq\n7,20181231,nan\n')],
    }),
    'data_invalid',
    /f\.csv, row 2, column ceq: holds NaN/,
  ],
  [
    'a names file without a key',
    () => ({ prices: [bench.file('n.csv', NATIVE + GOOD)], names: bench.file('names.csv', 'name\nX\n') }),
    'data_invalid',
    /names\.csv, row 1: has neither permno nor ticker/,
  ],
  [
    'delistings beside tickers',
    () => ({
      prices: [bench.file('k.csv', `${KAGGLE}2020-01-02,1,1,1,1,5,A\n`)],
      delistings: bench.file('d.csv', 'permno,dlstdt,dlret\n'),
    }),
    'usage',
    /--delistings needs prices with a permno/,
  ],
  [
    'a name that leaves the store',
    () => ({ dataset: '../evil', prices: [bench.file('n.csv', NATIVE + GOOD)] }),
    'invalid_name',
    /dataset name "\.\.\/evil": allowed are/,
  ],
  [
    'a name of 55 letters',
    () => ({ dataset: 'a'.repeat(55), prices: [bench.file('n.csv', NATIVE + GOOD)] }),
    'invalid_name',
    /allowed are 1 to 54/,
  ],
]
for (const [title, options, code, message] of otherFiles) {
  test(`${title} is refused`, () => refused(options(), code, message))
}

function badParquet(): Uint8Array {
  return encodeSnapshotFile([
    { name: 'permno', kind: 'id', values: Float64Array.of(7, 8) },
    { name: 'date', kind: 'date', values: Int32Array.of(18_000, 18_000) },
    { name: 'ret', kind: 'number', values: Float64Array.of(0, -66), nulls: new Uint8Array(2) },
  ])
}

test('a FIFO is refused and nobody waits for its writer', { timeout: 120_000 }, async () => {
  const path = join(bench.root, 'pipe')
  execFileSync('mkfifo', [path])
  await refused({ prices: [path] }, 'data_invalid', /pipe: is no ordinary file/)
})

test('a dataset directory that is a link is refused, and nothing is written through it', async () => {
  const elsewhere = join(bench.root, 'elsewhere')
  mkdirSync(elsewhere)
  mkdirSync(bench.datasetsDir)
  symlinkSync(elsewhere, join(bench.datasetsDir, 'd'))
  const prices = [bench.file('n.csv', NATIVE + GOOD)]
  await assert.rejects(bench.run({ prices }), { code: 'storage_error', message: /is no directory of its own/ })
  assert.deepEqual(bench.stored(), ['d'])
})
