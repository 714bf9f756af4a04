import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { renderBlocks } from './blocks.ts'

const plain = (_: string, text: string) => text
const render = (value: string) => renderBlocks([{ name: 'note', lines: [{ label: 'mind', value }] }], plain)

test('names, labels and values stand in columns', () => {
  const lines = [
    { label: 'return', value: '+1%', remark: 'gross' },
    { label: 'Sharpe', value: '0.50', remark: 'a year' },
  ]
  assert.equal(
    renderBlocks([{ name: 'book', lines }], plain),
    'book  return  +1%   gross\n      Sharpe  0.50  a year\n',
  )
})

test('a block without lines is left out', () => {
  const lines = [{ label: 'a', value: '1' }]
  const blocks = [
    { name: 'nothing', lines: [] },
    { name: 'one', lines },
  ]
  assert.equal(renderBlocks(blocks, plain), 'one  a  1\n')
})

test('a long sentence goes on under its beginning, broken between words', () => {
  const rows = render(`${'word '.repeat(30)}end`)
    .trimEnd()
    .split('\n')
  assert.equal(rows.length, 2)
  assert.ok(rows.every((row) => row.length <= 108))
  assert.match(rows[1]!, /^ {12}word/)
  assert.equal(rows.map((row) => row.slice(12)).join(' '), `${'word '.repeat(30)}end`)
})

test('a path is never broken', () => {
  const path = `/${'x'.repeat(150)}`
  assert.equal(render(path), `note  mind  ${path}\n`)
})
