import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { generateReportPage } from '../../scripts/generate/report-page.ts'
import { ROOT } from './source.ts'

test('style and script of the report are those of their sources', () => {
  for (const [file, text] of Object.entries(generateReportPage(ROOT))) {
    assert.ok(readFileSync(join(ROOT, file), 'utf8') === text, `${file} is stale; run "npm run generate"`)
  }
})
