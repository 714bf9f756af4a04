import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { type CsvNumbers, type CsvTexts, parseCsvRows } from './csv-cells.ts'

/** The one wanted field of records `cell,z`. */
function numbers(cells: readonly string[]): CsvNumbers {
  const text = Buffer.from(cells.map((cell) => `${cell},z\n`).join(''))
  const layout = { width: 2, delimiter: ',', numbers: [0], texts: [] }
  return parseCsvRows({ text, rows: cells.length, ...layout }).get(0) as CsvNumbers
}

const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 24 })
const decimal = fc
  .tuple(fc.constantFrom('', '-', '+'), digits, digits, fc.constantFrom('', 'e5', 'E-7', 'e+280', 'e-320'))
  .map(([sign, whole, part, power]) => `${sign}${whole}.${part}${power}`)
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)
const halfway = fc
  .double({ noNaN: true, noDefaultInfinity: true, min: 1e-30, max: 1e30 })
  .map((value) => (value * 1.0000000000000002).toPrecision(60))

test('every decimal is the double that JavaScript reads', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(decimal, double, halfway), { minLength: 200, maxLength: 400 }), (cells) => {
      const { values, oddRows } = numbers(cells)
      for (const row of oddRows) assert.ok(!Number.isFinite(Number(cells[row])), cells[row])
      for (let row = 0; row < cells.length; row++) {
        assert.ok(!Number.isFinite(values[row]) || values[row] === Number(cells[row]), cells[row])
      }
    }),
    { numRuns: 20 },
  )
})

test('a cell that is no finite number is told with its row and its text', () => {
  const cells = ['1', '', '1.5 ', 'nan', '"1,5"', '0x1F', '1_000', '1e999', '"a ""b"""', '1e', '２']
  const { values, oddRows, odd } = numbers(cells)
  assert.deepEqual([...values.subarray(0, 3)], [1, NaN, 1.5])
  assert.deepEqual([...oddRows], [1, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.deepEqual(
    [...odd.values].map((code) => odd.words[code]),
    ['', 'nan', '1,5', '0x1F', '1_000', '1e999', 'a "b"', '1e', '２'],
  )
})

test('texts are counted in the order of the rows, a blank one too', () => {
  const text = Buffer.from('b;1\n"a;c";2\n;3\nb;4\n')
  const layout = { width: 2, delimiter: ';', numbers: [], texts: [0] }
  const { values, words } = parseCsvRows({ text, rows: 4, ...layout }).get(0) as CsvTexts
  assert.deepEqual([...values], [0, 1, 2, 0])
  assert.deepEqual(words, ['b', 'a;c', ''])
})

test('text that begins like a compressed file is text', () => {
  for (const head of [gzipSync('1,2\n').subarray(0, 4), Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)]) {
    const text = Buffer.concat([head, Buffer.from(',1\n')])
    const found = parseCsvRows({ text, rows: 1, width: 2, delimiter: ',', numbers: [1], texts: [0] })
    assert.deepEqual([...(found.get(1) as CsvNumbers).values], [1])
    assert.match((found.get(0) as CsvTexts).words[0]!, /\ufffd/)
  }
})

test('another number of rows than was counted is refused', () => {
  const layout = { width: 1, delimiter: ',', numbers: [0], texts: [] }
  assert.throws(() => parseCsvRows({ text: Buffer.from('1\n2\n'), rows: 3, ...layout }), /found 2 rows of 3/)
})
