import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { NO_DATE } from '../../../../engine/panel.ts'
import { copyCells } from './copy-cells.ts'
import type { DateColumn, NumberColumn } from './raw-table.ts'

const place = (i: number) => ({ file: 'a', row: i + 2, column: 'date' })
const dates = (): DateColumn => ({ kind: 'date', values: new Int32Array(3) })
const spec = { name: 'date', kind: 'date' } as const

test('a null date is no date, whether it comes as a day, a number or a text', () => {
  const nulls = Uint8Array.of(0, 1, 0)
  const sources = [
    { kind: 'date', values: Int32Array.of(18000, 0, 18001), nulls },
    { kind: 'number', values: Float64Array.of(20190414, NaN, 20190415), nulls },
    { kind: 'text', values: Int32Array.of(0, -1, 1), words: ['2019-04-14', '20190415'] },
  ] as const
  for (const from of sources) {
    const column = dates()
    copyCells(from, { spec, column, at: 0 }, place)
    assert.deepEqual([...column.values], [18000, NO_DATE, 18001], from.kind)
  }
})

test('minus zero becomes zero, so that equal data has equal bits', () => {
  const odd = { kind: 'text', values: new Int32Array(0), words: [] } as const
  const from = { kind: 'parsed', values: Float64Array.of(-0), oddRows: new Int32Array(0), odd } as const
  const column: NumberColumn = { kind: 'number', values: new Float64Array(1), state: new Uint8Array(1) }
  copyCells(from, { spec: { name: 'ret', kind: 'number' }, column, at: 0 }, place)
  assert.ok(Object.is(column.values[0], 0))
})
