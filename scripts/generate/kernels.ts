import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import wabt from 'wabt'
import type { Generated } from './generated.ts'

/** Source -> the constant that holds its bytes, in the file beside it. */
const KERNELS: Readonly<Record<string, string>> = {
  'engine/kernels/products.wat': 'PRODUCTS_WASM',
  'engine/monte-carlo/kernels.wat': 'PATHS_WASM',
}
const CHARACTERS_A_LINE = 110

/** The WebAssembly kernels as a text constant, so that the engine needs no file, no fetch and no build step. */
export async function generateKernels(root: string): Promise<Generated> {
  const { parseWat } = await wabt()
  const files = Object.entries(KERNELS).map(([source, constant]) => {
    const module = parseWat(source, readFileSync(join(root, source), 'utf8'), { simd: true })
    const base64 = Buffer.from(module.toBinary({}).buffer).toString('base64')
    module.destroy()
    const lines = base64.match(new RegExp(`.{1,${CHARACTERS_A_LINE}}`, 'g')) ?? []
    const text = lines.map((line) => `  '${line}',`).join('\n')
    const head = `// Generated from ${source} by "npm run generate".\n\n/** The module's bytes in base64, in pieces. */`
    const file = source.replace(/\.wat$/, '-wasm.ts')
    return [file, `${head}\nexport const ${constant}: readonly string[] = [\n${text}\n]\n`]
  })
  return Object.fromEntries(files)
}
