import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { type CsvCell, csvText } from './csv.ts'

const cases: [title: string, cell: CsvCell, text: string][] = [
  ['a number keeps all its digits', 0.1 + 0.2, '0.30000000000000004'],
  ['a negative number is no formula', -1.5, '-1.5'],
  ['NaN is written as NaN', NaN, 'NaN'],
  ['a text with a comma is quoted', 'a,b', '"a,b"'],
  ['a quote is doubled', 'say "no"', '"say ""no"""'],
  ['a line break is quoted', 'a\nb', '"a\nb"'],
  ['a text that a spreadsheet would run gets an apostrophe', '=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
  ['so does one that begins with an at sign', '@SUM(A1)', "'@SUM(A1)"],
]
for (const [title, cell, text] of cases) test(title, () => assert.equal(csvText([[cell]]), `${text}\r\n`))
