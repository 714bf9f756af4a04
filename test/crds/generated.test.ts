import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateCatalogue, literal } from '../../scripts/generate/catalogue.ts'
import { generateContract } from '../../scripts/generate/contract.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** Upper bound of one definition (design.md 3, *Upgrades*). */
const MAX_DEFINITION_BYTES = 200 * 1024

const generated = { ...generateCatalogue(ROOT), ...generateContract() }

for (const [file, text] of Object.entries(generated)) {
  test(`${file} is what "npm run generate" writes`, () => {
    assert.equal(readFileSync(join(ROOT, file), 'utf8'), text)
  })
}

test('crds/generated holds nothing that is not generated', () => {
  const held = readdirSync(join(ROOT, 'crds/generated')).map((file) => `crds/generated/${file}`)
  assert.deepEqual(
    held.sort(),
    Object.keys(generated)
      .filter((file) => file.startsWith('crds/generated/'))
      .sort(),
  )
})

test('every generated file says so in its first lines, and each definition fits an annotation', () => {
  for (const [file, text] of Object.entries(generated)) {
    assert.match(text.split('\n').slice(0, 2).join('\n'), /[Gg]enerated from .* by .*npm run generate/, file)
    if (file.endsWith('.yaml')) assert.ok(Buffer.byteLength(text) < MAX_DEFINITION_BYTES, file)
  }
})

test('a value is written as the house formats it', () => {
  const value = { name: "it's", list: ['a', 'b'], inner: [{ n: 0.5 }] }
  assert.equal(
    literal(value, ''),
    `{\n  name: "it's",\n  list: ['a', 'b'],\n  inner: [\n    {\n      n: 0.5,\n    },\n  ],\n}`,
  )
})
