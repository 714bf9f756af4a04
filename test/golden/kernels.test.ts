import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateKernels } from '../../scripts/generate/kernels.ts'

const root = join(import.meta.dirname, '../..')

test('the committed WebAssembly is what its source compiles to', async () => {
  for (const [path, text] of Object.entries(await generateKernels(root))) {
    assert.equal(readFileSync(join(root, path), 'utf8'), text, `${path} is stale; run "npm run generate"`)
  }
})
