import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { createCsvScanner, MAX_COLUMNS, MAX_RECORD_BYTES } from './scan-csv.ts'
import { splitRecord } from './split-record.ts'

/** The records of a text that arrives in the given pieces, each as its line and its fields. */
function scan(pieces: readonly (string | Uint8Array)[]): [line: number, fields: string[]][] {
  const lines: number[] = []
  const texts: Buffer[] = []
  let names: readonly string[] = []
  let by = ','
  const scanner = createCsvScanner('a.csv', {
    header(found, delimiter) {
      names = found
      by = delimiter
    },
    row: (line) => lines.push(line),
    text: (bytes) => texts.push(Buffer.from(bytes)),
  })
  for (const piece of pieces) scanner.push(typeof piece === 'string' ? Buffer.from(piece) : piece)
  scanner.end()
  return [
    [1, [...names]],
    ...splitRows(Buffer.concat(texts).toString(), by).map((row, at) => [lines[at]!, row] as [number, string[]]),
  ]
}

/** Records of checked text: a line break outside quotes ends one. */
function splitRows(text: string, delimiter: string): string[][] {
  const rows = text.match(/(?:"[^"]*"|[^"\n])+(?:\n|$)/g) ?? []
  return rows.map((row) => splitRecord(row, delimiter))
}

const cases: [title: string, text: string, records: [number, string[]][]][] = [
  [
    'records end with a line break',
    'a,b\n1,2\n',
    [
      [1, ['a', 'b']],
      [2, ['1', '2']],
    ],
  ],
  [
    'the last record may lack its line break',
    'a,b\n1,2',
    [
      [1, ['a', 'b']],
      [2, ['1', '2']],
    ],
  ],
  [
    'CRLF ends a record too',
    'a,b\r\n1,2\r\n',
    [
      [1, ['a', 'b']],
      [2, ['1', '2']],
    ],
  ],
  [
    'blank lines are passed over and counted',
    'a,b\n\n\n1,2\n',
    [
      [1, ['a', 'b']],
      [4, ['1', '2']],
    ],
  ],
  ['empty fields stay', ',,\n', [[1, ['', '', '']]]],
  ['a byte order mark is no part of the first name', '\ufeffa,b\n', [[1, ['a', 'b']]]],
  [
    'a quoted field may hold delimiters and line breaks',
    'a,b\n"x,\n1",2\n3,4\n',
    [
      [1, ['a', 'b']],
      [2, ['x,\n1', '2']],
      [4, ['3', '4']],
    ],
  ],
  [
    'a doubled quote is one quote',
    'a\n"say ""hi"""\n',
    [
      [1, ['a']],
      [2, ['say "hi"']],
    ],
  ],
  [
    'quotes before CRLF are closed',
    '"a","b"\r\n"1",""\r\n',
    [
      [1, ['a', 'b']],
      [2, ['1', '']],
    ],
  ],
  [
    'a quote inside a plain field is text',
    'a,b\nx"y,2\n',
    [
      [1, ['a', 'b']],
      [2, ['x"y', '2']],
    ],
  ],
  [
    'semicolons separate when the header holds more of them',
    'a;b,c;d\n1;2;3\n',
    [
      [1, ['a', 'b,c', 'd']],
      [2, ['1', '2', '3']],
    ],
  ],
  [
    'tabs separate',
    'a\tb\n1\t2\n',
    [
      [1, ['a', 'b']],
      [2, ['1', '2']],
    ],
  ],
]

for (const [title, text, records] of cases) test(title, () => assert.deepEqual(scan([text]), records))

test('the records do not depend on where the bytes are cut', () => {
  const texts = cases.map(([, text]) => text)
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.array(fc.nat(40), { maxLength: 6 }), (text, cuts) => {
      const bytes = Buffer.from(text)
      const edges = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
      const pieces = edges.slice(1).map((end, at) => bytes.subarray(edges[at], end))
      assert.deepEqual(scan(pieces), scan([text]))
    }),
  )
})

test('a text larger than the buffer comes through whole', () => {
  const rows = 400_000
  const records = scan([`a,b\n${'12345,67890\n'.repeat(rows)}`])
  assert.equal(records.length, rows + 1)
  assert.deepEqual(records.at(-1), [rows + 1, ['12345', '67890']])
})

test('a text that is longer than was said is refused', () => {
  const scanner = createCsvScanner('a.csv', { header() {}, row() {}, text() {} }, 4)
  assert.throws(() => scanner.push(Buffer.from('a,b,c,d,e,f')), {
    code: 'data_invalid',
    message: /grew while it was read/,
  })
})

const faults: [title: string, text: string | Uint8Array, message: RegExp][] = [
  ['a quote that is never closed', 'a,b\n"x,2\n', /a\.csv, row 2: a quote is opened and never closed/],
  ['text after a closing quote', 'a,b\n"x"y,2\n', /row 2: text follows a closing quote/],
  ['a line longer than the limit', `a,b\n${'x'.repeat(3 * MAX_RECORD_BYTES)}`, /row 2: is longer than \d+ bytes/],
  ['a header longer than the limit', 'x'.repeat(3 * MAX_RECORD_BYTES), /row 1: is longer than \d+ bytes/],
  ['an endless quote', `a,b\n"${'x\n'.repeat(MAX_RECORD_BYTES)}`, /row 2: is longer than \d+ bytes/],
  ['too many columns', `${'a,'.repeat(MAX_COLUMNS)}b\n`, /row 1: has more than 1024 columns/],
  ['UTF-16', Buffer.from('\ufeffa,b\n', 'utf16le'), /UTF-16; save it as UTF-8/],
  ['a NUL byte in the header', 'a\0b,c\n', /row 1: holds a NUL byte/],
]
for (const [title, text, message] of faults) {
  test(`${title} is refused`, () => assert.throws(() => scan([text]), { code: 'data_invalid', message }))
}
