import { strict as assert } from 'node:assert'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { readSecurities } from '../../storage/in/securities.ts'
import { createBench, findings, priceLines, tablesOf } from './import-files.ts'

const bench = createBench()
after(bench.remove)

const KAGGLE = 'date,open,high,low,close,volume,Name\n'

test('kaggle: permnos follow the byte order of the names, a return is the close over the one before', async () => {
  const prices = bench.file(
    'k.csv',
    `${KAGGLE}2020-01-02,1,1,1,1,10,b\n2020-01-02,9,11,9,10,100,Z\n` +
      '2020-01-03,10,12,10,11,200,Z\n2020-01-03,1,2,1,2,20,b\n',
  )
  const report = await bench.run({ prices: [prices], preset: 'kaggle' })
  assert.deepEqual(priceLines(tablesOf(report)), [
    '10001 2020-01-02 - 10 100 1000',
    '10001 2020-01-03 0.1 11 200 1000',
    '10002 2020-01-02 - 1 10 1000',
    '10002 2020-01-03 1 2 20 1000',
  ])
  const securities = await readSecurities(bench.datasetsDir, report.record.snapshotId)
  assert.deepEqual(
    [...securities.values()].map(({ ticker }) => ticker),
    ['Z', 'b'],
  )
})

test('kaggle: a blank open is a warning, a blank close leaves the day out and the next return spans it', async () => {
  const rows = '2020-01-02,1,1,1,1,10,A\n2020-01-03,,2,2,2,10,A\n2020-01-06,2,2,2,,10,A\n2020-01-07,3,3,3,3,10,A\n'
  const report = await bench.run({ prices: [bench.file('k.csv', KAGGLE + rows)] })
  assert.equal(report.preset, 'kaggle')
  assert.deepEqual(priceLines(tablesOf(report)), [
    '10001 2020-01-02 - 1 10 1000',
    '10001 2020-01-03 1 2 10 1000',
    '10001 2020-01-07 0.5 3 10 1000',
  ])
  assert.deepEqual(findings(report), { row_without_price: 1, blank_bar: 1 })
})

test('a ticker that comes back after more than 60 sessions gets an id of its own and shifts no other', async () => {
  const day = (t: number) => new Date(Date.UTC(2020, 0, 1 + t)).toISOString().slice(0, 10)
  const row = (t: number, name: string, close: number) => `${day(t)},,,,${close},1,${name}\n`
  const always = Array.from({ length: 70 }, (_, t) => row(t, 'B', 100 + t)).join('')
  const text = `${KAGGLE}${row(0, 'A', 10)}${row(60, 'A', 20)}${row(61, 'C', 5)}${always}`
  const near = await bench.run({ prices: [bench.file('k.csv', text)] })
  assert.equal(findings(near).new_life, undefined)
  const far = await bench.run({ prices: [bench.file('k.csv', text.replace(row(60, 'A', 20), row(61, 'A', 20)))] })
  assert.equal(findings(far).new_life, 1)
  const lines = priceLines(tablesOf(far))
  assert.equal(lines[0], '10001 2020-01-01 - 10 1 1000')
  assert.equal(lines.at(-1), `10004 ${day(61)} - 20 1 1000`)
  const securities = await readSecurities(bench.datasetsDir, far.record.snapshotId)
  assert.deepEqual(
    [...securities.values()].map(({ permno, ticker }) => `${permno} ${ticker}`),
    ['10001 A', '10002 B', '10003 C', '10004 A'],
  )
})

const YAHOO = 'Date,Open,High,Low,Close,Adj Close,Volume\n'

test('yahoo: one file is one ticker, returns come from Adj Close, null rows are absent days', async () => {
  const rows = '2020-01-02,9,11,9,10,5,100\n2020-01-03,null,null,null,null,null,null\n2020-01-06,11,13,11,12,6,50\n'
  const report = await bench.run({
    prices: [bench.file('MSFT.csv', YAHOO + rows), bench.file('AAPL.csv', YAHOO + rows)],
  })
  assert.equal(report.preset, 'yahoo')
  assert.deepEqual(priceLines(tablesOf(report)).slice(0, 2), [
    '10001 2020-01-02 - 10 100 -',
    '10001 2020-01-06 0.2 12 50 -',
  ])
  assert.equal(findings(report).row_without_price, 2)
})

test('yahoo: a row without an adjusted close has no return and gives the next one none', async () => {
  const rows =
    '2020-01-02,10,10,10,10,5,1\n2020-01-03,10,10,10,10,,1\n2020-01-06,10,10,10,10,6,1\n2020-01-07,10,10,10,10,9,1\n'
  const report = await bench.run({ prices: [bench.file('A.csv', YAHOO + rows)] })
  assert.deepEqual(
    priceLines(tablesOf(report)).map((line) => line.split(' ')[2]),
    ['-', '-', '-', '0.5'],
  )
})

test('stooq: both headers read alike, the suffix of the exchange goes', async () => {
  const single = 'Date,Open,High,Low,Close,Volume\n2020-01-02,9,11,9,10,100\n2020-01-03,10,12,10,11,200\n'
  const bulk =
    '<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n' +
    'AAPL.US,D,20200102,000000,9,11,9,10,100,0\nAAPL.US,D,20200103,000000,10,12,10,11,200,0\n'
  const one = await bench.run({ prices: [bench.file('aapl_us_d.csv', single)], preset: 'stooq' })
  const other = await bench.run({ prices: [bench.file('bulk.txt', bulk)] })
  assert.equal(other.preset, 'stooq')
  assert.equal(one.record.snapshotId, other.record.snapshotId)
  assert.deepEqual(priceLines(tablesOf(other)), ['10001 2020-01-02 - 10 100 -', '10001 2020-01-03 0.1 11 200 -'])
  const [security] = (await readSecurities(bench.datasetsDir, one.record.snapshotId)).values()
  assert.equal(security?.ticker, 'AAPL')
})

test('native: negative prices, nulls and NaN returns stay what they are', async () => {
  const rows = '7,2020-01-02,0.5,-10,1,2\n7,20200103,,,,\n7,2020-01-06,NaN,10,1,2\n'
  const report = await bench.run({ prices: [bench.file('n.csv', `permno,date,ret,prc,vol,shrout\n${rows}`)] })
  assert.deepEqual(priceLines(tablesOf(report)), [
    '7 2020-01-02 0.5 -10 1 2',
    '7 2020-01-03 - - - -',
    '7 2020-01-06 NaN 10 1 2',
  ])
  assert.equal(findings(report).nan_kept, 1)
})

test('native: a column that is absent is missing everywhere, and the report says so', async () => {
  const report = await bench.run({ prices: [bench.file('n.csv', 'date,ret,permno\n2020-01-02,0.5,7\n')] })
  assert.deepEqual(priceLines(tablesOf(report)), ['7 2020-01-02 0.5 - - -'])
  assert.equal(findings(report).column_absent, 3)
})

test('--non-finite null turns NaN and infinities into nulls, keep keeps them', async () => {
  const prices = [bench.file('n.csv', 'permno,date,ret,prc,vol,shrout\n7,2020-01-02,inf,nan,-inf,1e999\n')]
  const nulled = await bench.run({ prices, nonFinite: 'null' })
  assert.deepEqual(priceLines(tablesOf(nulled)), ['7 2020-01-02 - - - -'])
  assert.equal(findings(nulled).non_finite_nulled, 4)
  const kept = await bench.run({
    prices: [bench.file('n.csv', 'permno,date,ret,prc\n7,2020-01-02,inf,nan\n')],
    nonFinite: 'keep',
  })
  assert.deepEqual(priceLines(tablesOf(kept)), ['7 2020-01-02 Infinity NaN - -'])
})

test('equal rows are one row, and the report counts the rest', async () => {
  const rows = '7,2020-01-02,0.5,1,1,1\n'.repeat(3)
  const report = await bench.run({ prices: [bench.file('n.csv', `permno,date,ret,prc,vol,shrout\n${rows}`)] })
  assert.equal(priceLines(tablesOf(report)).length, 1)
  assert.equal(findings(report).duplicate_row, 2)
})

test('stale closes, undone jumps and contradicting bars are reported with their first rows, and kept', async () => {
  const day = (t: number) => new Date(Date.UTC(2020, 0, 1 + t)).toISOString().slice(0, 10)
  const still = Array.from({ length: 20 }, (_, t) => `${day(t)},5,5,5,5,1,A\n`).join('')
  const text = `${KAGGLE}${still}${day(20)},9,9,9,9,1,A\n${day(21)},5,6,5,5,1,A\n${day(22)},5,5,5,6,1,A\n`
  const report = await bench.run({ prices: [bench.file('k.csv', text)] })
  assert.deepEqual(findings(report), { impossible_bar: 1, stale_run: 1, suspect_reversal: 1 })
  const stale = report.quality.findings.find(({ reason }) => reason === 'stale_run')
  assert.deepEqual([stale?.examples[0]?.row, stale?.examples[0]?.date], [2, '2020-01-01'])
  assert.equal(tablesOf(report).prices.rows, 23)
})

test('fundamentals keep restatements apart and read blanks as nulls', async () => {
  const prices = bench.file('n.csv', 'permno,date,ret\n7,2020-01-02,0.5\n')
  const text =
    'permno,datadate,ceq,ni,at,revt,cogs,available_from\n7,2018-12-31,1,,3,4,5,20190901\n7,2018-12-31,1,2,3,4,5,\n'
  const report = await bench.run({ prices: [prices], fundamentals: [bench.file('f.csv', text)] })
  const { fundamentals } = tablesOf(report)
  assert.deepEqual([...fundamentals!.availableFrom], [-2147483648, 18140])
  assert.deepEqual([...fundamentals!.ni], [2, NaN])
  assert.equal(report.record.datasetVersionIds.compustat?.startsWith('1:'), true)
})

test('a names file gives tickers by permno, the latest row counts', async () => {
  const prices = bench.file('n.csv', 'permno,date,ret\n7,2020-01-02,0.5\n8,2020-01-02,0.5\n')
  const names = bench.file(
    'names.csv',
    'PERMNO,NAMEDT,TICKER,COMNAM\n7,2015-01-01,NEW,New Co\n7,2001-01-01,OLD,Old Co\n9,2001-01-01,X,\n',
  )
  const report = await bench.run({ prices: [prices], names })
  const securities = [...(await readSecurities(bench.datasetsDir, report.record.snapshotId)).values()]
  assert.deepEqual(
    securities.map(({ permno, ticker, name }) => [permno, ticker, name]),
    [
      [7, 'NEW', 'New Co'],
      [8, null, null],
    ],
  )
  assert.equal(findings(report).names_without_prices, 1)
})

test('a names file without permnos names tickers, every life of one', async () => {
  const names = bench.file('names.csv', 'Symbol,Security\nZ,Zed Corporation\n')
  const prices = [bench.file('k.csv', `${KAGGLE}2020-01-02,1,1,1,1,10,A\n2020-01-02,1,1,1,1,10,Z\n`)]
  const report = await bench.run({ prices, names })
  const securities = [...(await readSecurities(bench.datasetsDir, report.record.snapshotId)).values()]
  assert.deepEqual(
    securities.map(({ ticker, name }) => [ticker, name]),
    [
      ['A', null],
      ['Z', 'Zed Corporation'],
    ],
  )
})

test('a statement of a name without prices is kept and reported with its row', async () => {
  const prices = [bench.file('n.csv', 'permno,date,ret\n7,2020-01-02,0.5\n')]
  const text = 'permno,datadate,ceq\n7,2018-12-31,1\n9,2018-12-31,1\n9,2017-12-31,1\n'
  const report = await bench.run({ prices, fundamentals: [bench.file('f.csv', text)] })
  const [found] = report.quality.findings.filter(({ reason }) => reason === 'fundamentals_without_prices')
  assert.deepEqual([found?.count, found?.examples[0]?.row, found?.examples[0]?.security], [1, 3, '9'])
  assert.equal(tablesOf(report).fundamentals?.rows, 3)
})

test('the report shows which header was taken for which column, and the first rows', async () => {
  const report = await bench.run({ prices: [bench.file('n.csv', 'Date, PERMNO ,RET,x\n20200102,7,0.5,1\n')] })
  assert.deepEqual(report.mapping, { date: 'Date', permno: ' PERMNO ', ret: 'RET' })
  assert.deepEqual(report.sample, [{ permno: 7, date: '2020-01-02', ret: 0.5, prc: null, vol: null, shrout: null }])
})

test('a compressed file gives the snapshot of the plain one', async () => {
  const text = 'permno,date,ret\n7,2020-01-02,0.5\n'
  const plain = await bench.run({ prices: [bench.file('n.csv', text)] })
  const packed = await bench.run({ prices: [bench.file('n.csv.gz', gzipSync(text))] })
  assert.equal(packed.record.snapshotId, plain.record.snapshotId)
  assert.equal(packed.created, false)
})
