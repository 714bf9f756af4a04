import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sha256Hex } from '../../core/identity.ts'
import { readMigrations } from './migrate.ts'

test('the migrations are found from the source, numbered from 1 without a gap', () => {
  const migrations = readMigrations()
  assert.ok(migrations.length >= 6)
  for (const [i, migration] of migrations.entries()) {
    assert.equal(migration.number, i + 1)
    assert.equal(migration.sha256, sha256Hex(migration.text))
  }
})

test('no migration takes anything away', () => {
  for (const { name, text } of readMigrations()) {
    assert.doesNotMatch(text, /\b(DROP|TRUNCATE|(?<!ON )DELETE|RENAME|ALTER COLUMN)\b/, name)
  }
})

test('every statement that makes something may meet it already there', () => {
  for (const { name, text } of readMigrations()) {
    const made = text.match(/\b(CREATE (UNIQUE )?(TABLE|INDEX|EXTENSION)|ADD COLUMN)\b(?! IF NOT EXISTS)/g)
    assert.equal(made, null, name)
  }
})

test('a gap in the numbers is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hindcast-migrations-'))
  try {
    writeFileSync(join(folder, '0001_a.sql'), 'SELECT 1')
    writeFileSync(join(folder, '0003_c.sql'), 'SELECT 1')
    writeFileSync(join(folder, 'notes.txt'), 'not one of them')
    assert.throws(() => readMigrations(folder), /0003_c\.sql stands at place 2/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
