import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { invariant } from '../../core/invariant.ts'
import type { Context } from '../context.ts'

/** `hindcast crds`: the definitions as the schemas generate them, one YAML document each. */
export async function printCrds(context: Context): Promise<number> {
  const folder = join(context.root, 'crds', 'generated')
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
  invariant(files.length > 0, `no definitions in ${folder}`)
  const documents = files.map((name) => readFileSync(join(folder, name), 'utf8').replace(/^---\n/, ''))
  context.terminal.out(documents.join('---\n'))
  return 0
}
