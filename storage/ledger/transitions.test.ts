import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { STATUSES, TRANSITIONS, type Transition, type Writer } from '../../core/lifecycle.ts'
import { readMigrations } from './migrate.ts'
import { compile } from './transitions.ts'

const PAIRS = (TRANSITIONS as readonly Transition[]).flatMap((row) =>
  (Object.keys(row.writers) as Writer[]).map((writer) => [row, writer] as const),
)

for (const [row, writer] of PAIRS) {
  test(`${row.id} by the ${writer} is one statement with a parameter for each of its values`, () => {
    const { text, names } = compile(row.id as (typeof TRANSITIONS)[number]['id'], writer)
    assert.ok(!text.includes(';'))
    const used = new Set([...text.matchAll(/\$(\d+)::/g)].map((match) => Number(match[1])))
    assert.deepEqual(
      [...used].sort((a, b) => a - b),
      names.map((_, i) => i + 1),
    )
    assert.equal(text.match(/\$\d+(?!\d*::)/g), null, 'every parameter is cast')
  })

  test(`${row.id} by the ${writer} names the status it starts from`, () => {
    const { text } = compile(row.id as (typeof TRANSITIONS)[number]['id'], writer)
    if (row.from.length === 0) assert.match(text, /ON CONFLICT \(job_id\) DO NOTHING/)
    else assert.ok(text.includes(`j.status IN (${row.from.map((status) => `'${status}'`).join(', ')})`))
  })
}

test('a writer that the table does not name is refused', () => {
  assert.throws(() => compile('T11', 'runner'), /T11 is not made by the runner/)
})

test('the words of the table are those of the constraint', () => {
  const sql = readMigrations()
    .map((migration) => migration.text)
    .join('\n')
  const words = /status_vocabulary CHECK \(status IN \(([^)]*)\)/.exec(sql)?.[1]
  assert.equal(words, STATUSES.map((status) => `'${status}'`).join(', '))
})
