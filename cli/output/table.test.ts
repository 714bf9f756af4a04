import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { plainStyle } from '../terminal.ts'
import { wordsForNumbers } from './print.ts'
import { renderTable, width } from './table.ts'

test('columns are aligned, numbers right, and no line ends in space', () => {
  const rows = [
    { name: 'a', value: '1.5' },
    { name: 'long', value: '−12.5' },
  ]
  const columns = [
    { title: 'name', cell: (row: { name: string }) => row.name },
    { title: 'IC', right: true, cell: (row: { value: string }) => row.value },
    { title: 'note', cell: () => '' },
  ]
  assert.equal(renderTable(columns, rows, plainStyle), 'name     IC  note\na       1.5\nlong  −12.5\n')
})

test('a table without rows is its head', () => {
  assert.equal(renderTable([{ title: 'job', cell: () => '' }], [], plainStyle), 'job\n')
})

test('an accent that joins its letter takes no column', () => {
  assert.equal(width('e\u0301'), 1)
})

test('numbers that JSON cannot write become words, at any depth; nothing else changes', () => {
  const data = { a: [Number.NaN, { b: Number.POSITIVE_INFINITY }], c: Number.NEGATIVE_INFINITY, d: null, e: 'x', f: -0 }
  assert.deepEqual(wordsForNumbers(data), { a: ['NaN', { b: 'Infinity' }], c: '-Infinity', d: null, e: 'x', f: -0 })
})
