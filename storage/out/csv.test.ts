import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ARTIFACTS } from '../parquet/schemas.ts'
import { csvLine, csvOfTable } from './csv.ts'

test('a table is CSV with a header, ISO dates, exact numbers and empty cells for NaN', () => {
  const columns = {
    date: Int32Array.of(-1, 16436, 16436),
    permno: Float64Array.of(10001, 10001, 2 ** 53 - 1),
    signal: Float64Array.of(0.1 + 0.2, Number.NaN, Number.NEGATIVE_INFINITY),
  }
  assert.deepEqual(
    [...csvOfTable(ARTIFACTS.dailySignals, columns)].join(''),
    [
      'date,permno,signal',
      '1969-12-31,10001,0.30000000000000004',
      '2015-01-01,10001,',
      '2015-01-01,9007199254740991,-inf',
      '',
    ].join('\r\n'),
  )
})

test('a table longer than one piece loses no line', () => {
  const rows = 40_000
  const columns = { date: Int32Array.from({ length: rows }, (_, i) => i), return: new Float64Array(rows) }
  const text = [...csvOfTable(ARTIFACTS.dailyPortfolioReturns, columns)].join('')
  assert.equal(text.split('\r\n').length, rows + 2)
})

const cells: [what: string, cell: string | number | null, text: string][] = [
  ['a comma is quoted', 'a,b', '"a,b"'],
  ['a quote is doubled', 'a"b', '"a""b"'],
  ['a line break is quoted', 'a\nb', '"a\nb"'],
  ['a formula is disarmed', '=1+1', "'=1+1"],
  ['an at-sign too, and quoted where it must be', '@a,b', '"\'@a,b"'],
  ['a negative number is no formula', -1.5, '-1.5'],
  ['null is empty', null, ''],
]
for (const [what, cell, text] of cells) test(what, () => assert.equal(csvLine([cell]), `${text}\r\n`))
