import { gzipSync } from 'node:zlib'
import type { BadCase } from './bad-manifests.ts'

const NATIVE = 'date,permno,ret,prc,vol,shrout\n'
const GOOD = '2015-01-02,1,0.01,10,100,5\n2015-01-05,1,0.01,11,100,5\n'
const KAGGLE = 'date,open,high,low,close,volume,Name\n'
const GOOD_KAGGLE = '2015-01-02,1,1,1,1,10,A\n2015-01-05,1,1,1,1,10,A\n'

/** Text of p.csv, options of the import, and what the message must name. */
const FILES: readonly [title: string, text: string | Uint8Array, preset: string, ...says: (string | RegExp)[]][] = [
  ['an empty file', '', 'native', 'p.csv'],
  ['a header and nothing else', NATIVE, 'native', 'p.csv', 'no row'],
  ['no column for the id', 'date,ret,prc,vol,shrout\n2015-01-02,0,1,1,1\n', 'native', 'p.csv', 'permno'],
  [
    'a column that stands twice',
    `date,permno,ret,prc,prc,vol,shrout\n2015-01-02,1,0,1,1,1,1\n`,
    'native',
    'prc',
    'twice',
  ],
  ['a day the calendar does not have', `${NATIVE}${GOOD}2015-02-30,1,0,1,1,1\n`, 'native', 'p.csv', 'row 4', 'date'],
  [
    'a word where a number belongs',
    `${NATIVE}${GOOD}2015-01-06,1,0,ten,1,1\n`,
    'native',
    'p.csv',
    'row 4',
    'prc',
    'ten',
  ],
  ['an id with a fraction', `${NATIVE}${GOOD}2015-01-06,1.5,0,1,1,1\n`, 'native', 'p.csv', 'row 4', 'permno'],
  ['an infinite price', `${NATIVE}${GOOD}2015-01-06,1,0,inf,1,1\n`, 'native', 'p.csv', 'row 4', 'prc'],
  [
    'two rows of a name on a day that differ',
    `${NATIVE}${GOOD}2015-01-05,1,0.01,12,100,5\n`,
    'native',
    'p.csv',
    /row [34]/,
  ],
  ['a row with a cell too many', `${NATIVE}${GOOD}2015-01-06,1,0,1,1,1,9\n`, 'native', 'p.csv', 'row 4'],
  ['a quote that is never closed', `${NATIVE}${GOOD}"2015-01-06,1,0,1,1,1\n`, 'native', 'p.csv', /row \d/],
  ['a file of another preset', NATIVE + GOOD, 'kaggle', 'p.csv', /close|name/i],
  ['a close of a word', `${KAGGLE}${GOOD_KAGGLE}2015-01-06,1,1,1,one,10,A\n`, 'kaggle', 'p.csv', 'row 4', 'close'],
  ['a close below zero', `${KAGGLE}${GOOD_KAGGLE}2015-01-06,1,1,1,-1,10,A\n`, 'kaggle', 'p.csv', 'row 4', 'close'],
  ['bytes of no text', new Uint8Array([0x50, 0x41, 0x52, 0x31, 0xff, 0x00, 0x01]), 'native', 'p.csv'],
]

/** Every bad data file, and every bad option of an import; they run in an empty folder. */
export const DATA_CASES: readonly BadCase[] = [
  ...FILES.map(([title, text, preset, ...says]): BadCase => {
    const args = ['dataset', 'import', 'mine', '--prices', 'p.csv', '--preset', preset]
    return { title, args, files: { 'p.csv': text }, code: 3, says }
  }),
  {
    title: 'a data file that is not there',
    args: ['dataset', 'import', 'mine', '--prices', 'none.csv'],
    code: 3,
    says: ['none.csv'],
  },
  {
    title: 'a compressed file that was cut off',
    args: ['dataset', 'import', 'mine', '--prices', 'p.csv.gz', '--preset', 'native'],
    files: { 'p.csv.gz': gzipSync(NATIVE + GOOD.repeat(200)).subarray(0, 60) },
    code: 3,
    says: ['p.csv.gz'],
  },
  {
    title: 'a Parquet file that is none',
    args: ['dataset', 'import', 'mine', '--prices', 'p.parquet', '--preset', 'native'],
    files: { 'p.parquet': 'PAR1 and nothing else PAR1' },
    code: 3,
    says: ['p.parquet'],
  },
  {
    title: 'statements without a period end',
    args: ['dataset', 'import', 'mine', '--prices', 'p.csv', '--fundamentals', 'f.csv'],
    files: { 'p.csv': NATIVE + GOOD, 'f.csv': 'permno,ceq\n1,5\n' },
    code: 3,
    says: ['f.csv', 'datadate'],
  },
  {
    title: 'a dataset name that could be a path',
    args: ['dataset', 'import', '../mine', '--prices', 'p.csv'],
    files: { 'p.csv': NATIVE + GOOD },
    code: 2,
    says: ['../mine', 'lower-case'],
  },
  {
    title: 'a preset nobody knows',
    args: ['dataset', 'import', 'mine', '--prices', 'p.csv', '--preset', 'bloomberg'],
    files: { 'p.csv': NATIVE + GOOD },
    code: 2,
    says: ['--preset', 'bloomberg', 'kaggle'],
  },
  {
    title: 'delistings for prices without ids',
    args: ['dataset', 'import', 'mine', '--prices', 'p.csv', '--preset', 'kaggle', '--delistings', 'd.csv'],
    files: { 'p.csv': KAGGLE + GOOD_KAGGLE, 'd.csv': 'permno,date,dlret\n' },
    code: 2,
    says: ['--delistings', 'kaggle'],
  },
  { title: 'an import without prices', args: ['dataset', 'import', 'mine'], code: 2, says: ['--prices'] },
  {
    title: 'a synthetic market without names',
    args: ['dataset', 'synth', 'mine', '--names', '0'],
    code: 2,
    says: ['--names', '"0"', '1 to 20000'],
  },
  {
    title: 'a synthetic market too large to make',
    args: ['dataset', 'synth', 'mine', '--names', '20000', '--days', '20000'],
    code: 2,
    says: ['names', '20000000'],
  },
]
