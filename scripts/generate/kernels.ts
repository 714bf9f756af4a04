import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import wabt from 'wabt'
import type { Generated } from './generated.ts'

const SOURCE = 'engine/kernels/products.wat'
const FILE = 'engine/kernels/products-wasm.ts'
const CHARACTERS_A_LINE = 110

/** The WebAssembly kernels as a text constant, so that the engine needs no file, no fetch and no build step. */
export async function generateKernels(root: string): Promise<Generated> {
  const { parseWat } = await wabt()
  const module = parseWat(SOURCE, readFileSync(join(root, SOURCE), 'utf8'), { simd: true })
  const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64')
  module.destroy()
  const lines = base64.match(new RegExp(`.{1,${CHARACTERS_A_LINE}}`, 'g')) ?? []
  const text = lines.map((line) => `  '${line}',`).join('\n')
  const head = `// Generated from ${SOURCE} by "npm run generate".\n\n/** The module's bytes in base64, in pieces. */`
  return { [FILE]: `${head}\nexport const PRODUCTS_WASM: readonly string[] = [\n${text}\n]\n` }
}
