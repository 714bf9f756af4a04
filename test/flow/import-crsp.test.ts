import { strict as assert } from 'node:assert'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { createBench, findings, priceLines, tablesOf } from './import-files.ts'

const bench = createBench()
after(bench.remove)

const SIZ = 'PERMNO,date,TICKER,EXCHCD,PRC,VOL,RET,SHROUT\n'
const DELIST = 'PERMNO,DLSTDT,DLSTCD,DLRET\n'
/** Permno 2 trades through the whole calendar: 2 to 10 January. */
const CALENDAR = ['0102', '0103', '0106', '0107', '0108', '0109', '0110']
  .map((day) => `2,2020${day},B,1,20,5,0.01,100\n`)
  .join('')

/** Imports permno 1, which last trades on 6 January, with one delisting row; gives its lines from that day on. */
async function delist(delisting: string, row = '1,20200106,A,1,10,5,0.1,100\n') {
  const prices = bench.file('dsf.csv', `${SIZ}1,20200103,A,1,9,5,0.1,100\n${row}${CALENDAR}`)
  const report = await bench.run({
    prices: [prices],
    preset: 'crsp',
    delistings: bench.file('dl.csv', DELIST + delisting),
  })
  const lines = priceLines(tablesOf(report)).filter((line) => line.startsWith('1 ') && !line.includes('01-03'))
  return { lines, found: findings(report) }
}

test('siz: a negative price is a midpoint without volume, price 0 and the codes are missing', async () => {
  const rows =
    '1,20200102,A,1,-10.5,-99,0.1,100\n1,20200103,A,1,0,5,C,100\n' +
    '1,20200106,A,1,10,5,-66,-99\n1,20200107,A,1,10,5,B,100\n'
  const report = await bench.run({ prices: [bench.file('dsf.csv', SIZ + rows)], preset: 'crsp' })
  assert.equal(report.crspFormat, 'siz')
  assert.deepEqual(priceLines(tablesOf(report)), [
    '1 2020-01-02 0.1 -10.5 0 100',
    '1 2020-01-03 - - 5 100',
    '1 2020-01-06 - 10 5 -',
    '1 2020-01-07 - 10 5 100',
  ])
  assert.deepEqual(findings(report), { midpoint_price: 1, zero_price: 1, return_code: 3, missing_code: 2 })
})

test('siz: a delisting return is compounded with the return of its day', async () => {
  const { lines, found } = await delist('1,20200106,584,-0.5\n')
  assert.deepEqual(lines, ['1 2020-01-06 -0.45 10 5 100'])
  assert.deepEqual(found, { delisting_compounded: 1 })
})

test('siz: a delisting return stands for a missing return', async () => {
  const { lines, found } = await delist('1,20200106,584,-0.5\n', '1,20200106,A,1,10,5,C,100\n')
  assert.deepEqual(lines, ['1 2020-01-06 -0.5 10 5 100'])
  assert.deepEqual(found, { return_code: 1, delisting_taken: 1 })
})

test('siz: a delisting after the last row becomes a row of its own on the next trading day', async () => {
  const { lines, found } = await delist('1,20200107,560,-0.5\n')
  assert.deepEqual(lines, ['1 2020-01-06 0.1 10 5 100', '1 2020-01-07 -0.5 - - -'])
  assert.deepEqual(found, { delisting_row_added: 1 })
})

test('siz: a delisting on a day without trading makes no new trading day', async () => {
  const prices = bench.file('dsf.csv', `${SIZ}1,20200103,A,1,9,5,0.1,100\n${CALENDAR}`)
  const report = await bench.run({
    prices: [prices],
    preset: 'crsp',
    delistings: bench.file('dl.csv', `${DELIST}1,20200104,560,-0.5\n`),
  })
  assert.equal(priceLines(tablesOf(report))[1], '1 2020-01-06 -0.5 - - -')
  assert.equal(report.record.dates, 7)
})

test('siz: a delisting beyond the last date of the prices is left out', async () => {
  const { lines, found } = await delist('1,20210101,560,-0.5\n')
  assert.equal(lines.length, 1)
  assert.deepEqual(found, { delisting_after_data: 1 })
})

test('siz: a delisting before further rows of its name is left out with a warning', async () => {
  const { lines, found } = await delist('1,20200103,560,-0.5\n')
  assert.deepEqual(lines, ['1 2020-01-06 0.1 10 5 100'])
  assert.deepEqual(found, { delisting_before_data: 1 })
})

const DEFAULTS: [title: string, code: number, exchange: number, ret: number | null][] = [
  ['500 on NYSE loses 30 %', 500, 1, -0.3],
  ['520 on AMEX loses 30 %', 520, 2, -0.3],
  ['584 on Nasdaq loses 55 %', 584, 3, -0.55],
  ['231, a merger, loses nothing', 231, 1, 0],
  ['585 has no rule', 585, 1, null],
  ['501, a move to another exchange, has no rule', 501, 1, null],
]
for (const [title, code, exchange, ret] of DEFAULTS) {
  test(`siz: a missing delisting return with code ${title}`, async () => {
    const { lines } = await delist(`1,20200107,${code},\n`, `1,20200106,A,${exchange},10,5,0.1,100\n`)
    assert.equal(lines[1], ret === null ? undefined : `1 2020-01-07 ${ret} - - -`)
  })
}

test('siz: a letter for the delisting return is a missing one', async () => {
  const { lines } = await delist('1,20200107,560,A\n')
  assert.equal(lines[1], '1 2020-01-07 -0.3 - - -')
})

test('siz: an active name (code 100) has no delisting', async () => {
  const { lines, found } = await delist('1,20200106,100,0.0\n')
  assert.deepEqual(lines, ['1 2020-01-06 0.1 10 5 100'])
  assert.deepEqual(found, {})
})

test('siz: a delisting in the price row and in the file counts once', async () => {
  const prices = bench.file(
    'dsf.csv',
    `PERMNO,date,PRC,VOL,RET,SHROUT,DLRET,DLSTCD\n1,20200106,10,5,0.1,100,-0.5,560\n2,20200106,10,5,0.1,100,,\n`,
  )
  const alone = await bench.run({ prices: [prices], preset: 'crsp' })
  const both = await bench.run({
    prices: [prices],
    preset: 'crsp',
    delistings: bench.file('dl.csv', `${DELIST}1,20200106,560,-0.5\n`),
  })
  assert.deepEqual(priceLines(tablesOf(alone)), ['1 2020-01-06 -0.45 10 5 100', '2 2020-01-06 0.1 10 5 100'])
  assert.equal(both.record.snapshotId, alone.record.snapshotId)
})

const leaver = fc.record({
  returns: fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 4 }),
  dlret: fc.integer({ min: -90, max: 20 }),
  /** Days from the last row to the delisting. */
  gap: fc.nat(2),
})

test('siz: every delisting return is in the wealth of its name exactly once, in any order of rows', async () => {
  const days = ['02', '03', '06', '07', '08', '09', '10'].map((day) => `2020-01-${day}`)
  await fc.assert(
    fc.asyncProperty(fc.array(leaver, { minLength: 1, maxLength: 4 }), fc.boolean(), async (leavers, backwards) => {
      const rows = leavers.flatMap(({ returns }, name) =>
        returns.map((ret, t) => `${name + 1},${days[t]},A,1,10,5,${ret / 100},100`),
      )
      const market = days.map((day) => `99,${day},M,1,10,5,0,100`)
      const delisted = leavers.map(({ returns, dlret, gap }, name) => {
        return `${name + 1},${days[returns.length - 1 + gap]},560,${dlret / 100}`
      })
      const lines = [...rows, ...market]
      const prices = [bench.file('dsf.csv', `${SIZ}${(backwards ? lines.reverse() : lines).join('\n')}\n`)]
      const delistings = bench.file('dl.csv', `${DELIST}${delisted.join('\n')}\n`)
      const table = tablesOf(await bench.run({ prices, delistings, preset: 'crsp' })).prices
      for (const [name, { returns, dlret }] of leavers.entries()) {
        const wealth = table.ret.reduce(
          (product, ret, row) => product * (table.permno[row] === name + 1 ? 1 + ret : 1),
          1,
        )
        const expected = [...returns, dlret].reduce((product, percent) => product * (1 + percent / 100), 1)
        assert.ok(Math.abs(wealth - expected) < 1e-12, `${wealth} ${expected}`)
      }
    }),
    { numRuns: 15 },
  )
})

const CIZ = 'PERMNO,DlyCalDt,DlyPrc,DlyPrcFlg,DlyVol,DlyRet,ShrOut,DlyDelFlg\n'
const CIZ_CALENDAR =
  '2,2020-01-02,20,TR,5,0.01,100,N\n2,2020-01-03,20,TR,5,0.01,100,N\n2,2020-01-06,20,TR,5,0.01,100,N\n'

test('ciz: a flagged row holds the delisting return already, and a file of delistings adds nothing', async () => {
  const prices = bench.file(
    'dsf.csv',
    `${CIZ}1,2020-01-02,9,TR,5,0.1,100,N\n1,2020-01-03,10,TR,5,-0.45,100,Y\n${CIZ_CALENDAR}`,
  )
  const alone = await bench.run({ prices: [prices] })
  assert.deepEqual([alone.preset, alone.crspFormat], ['crsp', 'ciz'])
  const both = await bench.run({ prices: [prices], delistings: bench.file('dl.csv', `${DELIST}1,20200103,560,-0.5\n`) })
  assert.equal(both.record.snapshotId, alone.record.snapshotId)
  assert.equal(priceLines(tablesOf(both))[1], '1 2020-01-03 -0.45 10 5 100')
  assert.deepEqual(findings(both), { delisting_already_inside: 1 })
})

test('ciz: a name without the flag takes its delisting return from the file', async () => {
  const prices = bench.file('dsf.csv', `${CIZ}1,2020-01-03,10,TR,5,0.1,100,N\n${CIZ_CALENDAR}`)
  const report = await bench.run({
    prices: [prices],
    delistings: bench.file('dl.csv', `${DELIST}1,20200103,560,-0.5\n`),
  })
  assert.equal(priceLines(tablesOf(report))[0], '1 2020-01-03 -0.45 10 5 100')
})

test('ciz: the price flag BA marks a midpoint', async () => {
  const report = await bench.run({ prices: [bench.file('dsf.csv', `${CIZ}1,2020-01-03,10,BA,,0.1,100,N\n`)] })
  assert.deepEqual(priceLines(tablesOf(report)), ['1 2020-01-03 0.1 -10 0 100'])
})

test('ciz: without the flag column a file of delistings is refused: it could count twice', async () => {
  const prices = bench.file('dsf.csv', 'PERMNO,DlyCalDt,DlyPrc,DlyVol,DlyRet,ShrOut\n1,2020-01-03,10,5,0.1,100\n')
  const delistings = bench.file('dl.csv', `${DELIST}1,20200103,560,-0.5\n`)
  await assert.rejects(bench.run({ prices: [prices], delistings }), { code: 'data_invalid', message: /DlyDelFlg/ })
})
