import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { generateCatalogue } from './generate/catalogue.ts'
import type { Generated } from './generate/generated.ts'
import { generateKernels } from './generate/kernels.ts'
import { generateReportPage } from './generate/report-page.ts'

/**
 * `npm run generate`: writes every file that is made from another; `--check` writes nothing and fails, naming each
 * file that is stale.
 */
const root = join(import.meta.dirname, '..')
const { values } = parseArgs({ options: { check: { type: 'boolean' } } })
const stale: string[] = []
settle(generateCatalogue(root))
settle(await generateKernels(root))
// Loaded only now: the schemas are built from the catalogue's file as it stands after the line above.
settle((await import('./generate/contract.ts')).generateContract())
settle(generateReportPage(root))
for (const file of stale) console.log(values.check ? `stale: ${file}; run "npm run generate"` : `wrote ${file}`)
if (values.check && stale.length > 0) process.exitCode = 1

function settle(generated: Generated): void {
  for (const [file, text] of Object.entries(generated)) {
    const path = join(root, file)
    if (current(path) === text) continue
    stale.push(file)
    if (values.check) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
}

function current(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
