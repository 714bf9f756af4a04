import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { parquetShape, scanParquet } from './scan.ts'
import { encodeSnapshotFile, readSnapshotFile } from './snapshot-file.ts'

const root = mkdtempSync(join(tmpdir(), 'hindcast-snapshot-file-'))
after(() => rmSync(root, { recursive: true }))

const row = fc.record(
  {
    id: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    day: fc.option(fc.integer({ min: -25567, max: 84005 })),
    value: fc.option(fc.double()),
    text: fc.option(fc.string({ unit: 'grapheme', maxLength: 6 })),
  },
  { noNullPrototype: true },
)

test('ids, dates, numbers and texts come back as they went in, NaN apart from null', () => {
  const path = join(root, 'any.parquet')
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
      const nullsOf = (key: 'day' | 'value') => Uint8Array.from(rows, (cells) => (cells[key] === null ? 1 : 0))
      const bytes = encodeSnapshotFile([
        { name: 'id', kind: 'id', values: Float64Array.from(rows, ({ id }) => id) },
        { name: 'day', kind: 'date', values: Int32Array.from(rows, ({ day }) => day ?? 0), nulls: nullsOf('day') },
        {
          name: 'value',
          kind: 'number',
          values: Float64Array.from(rows, ({ value }) => value ?? NaN),
          nulls: nullsOf('value'),
        },
        { name: 'text', kind: 'text', values: rows.map(({ text }) => text) },
      ])
      writeFileSync(path, bytes)
      const columns = readSnapshotFile(path, ['id', 'day', 'value', 'text'])
      const back = rows.map((_, at) => {
        const [id, day, value, text] = ['id', 'day', 'value', 'text'].map((name) => columns.get(name)!)
        assert.ok(id?.kind === 'number' && day?.kind === 'date' && value?.kind === 'number' && text?.kind === 'text')
        return {
          id: id.values[at],
          day: day.nulls[at] === 1 ? null : day.values[at],
          value: value.nulls[at] === 1 ? null : value.values[at],
          text: text.values[at]! < 0 ? null : text.words[text.values[at]!],
        }
      })
      assert.deepEqual(back, rows)
    }),
    { numRuns: 40 },
  )
})

test('a slice gives the rows asked for, in the order of the file', () => {
  const path = join(root, 'slice.parquet')
  const values = Float64Array.from({ length: 1000 }, (_, at) => 1000 - at)
  writeFileSync(path, encodeSnapshotFile([{ name: 'id', kind: 'id', values }]))
  assert.deepEqual(parquetShape(path), { rows: 1000, columns: ['id'] })
  const column = scanParquet(path, ['id'], 500, 3).get('id')
  assert.deepEqual(column?.kind === 'number' && [...column.values], [500, 499, 498])
})

test('bytes that are no Parquet make the library throw, not the process end', () => {
  const path = join(root, 'bad.parquet')
  writeFileSync(path, Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(100, 7), Buffer.from('PAR1')]))
  assert.throws(() => parquetShape(path))
})
