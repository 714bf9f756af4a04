import { cpSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

/**
 * `build-image.ts IMAGE FOLDER`: fills a folder with all that an image of Hindcast holds beside Node. Every package is
 * bundled, but for native ones, which are copied with what they need where the image computes.
 */
interface Image {
  /** Name of the program in `dist/`, and its source. */
  readonly entry: readonly [name: string, source: string]
  /** Sources that start as threads: programs of their own, found beside the main one. */
  readonly threads: string
  /** Packages that are copied as they are. */
  readonly packages: readonly string[]
  /** Files of the checkout that are read at run time. */
  readonly files: readonly string[]
}

const IMAGES: Readonly<Record<string, Image>> = {
  runner: {
    entry: ['attempt', 'runner/main.ts'],
    threads: '{runner,storage,engine}/**/*-thread.ts',
    packages: ['nodejs-polars', 'parquet-wasm'],
    files: ['migrations'],
  },
  operator: {
    entry: ['hindcast', 'cli/main.ts'],
    threads: '{runner,storage,engine,cli}/**/*-thread.ts',
    packages: [],
    files: ['migrations', 'crds/generated'],
  },
}

/** Never bundled: native, or the laptop's alone. An image without them refuses what would need them. */
const NATIVE = ['nodejs-polars', 'parquet-wasm', '@electric-sql/pglite', 'pg-native']

/** Packages written for `require` ask for Node's own modules by it, which an ES module does not have. */
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);"

const root = join(import.meta.dirname, '..')
const [name = '', folder = ''] = process.argv.slice(2)
const image = IMAGES[name]
if (image === undefined || folder === '') {
  console.error(`usage: build-image.ts ${Object.keys(IMAGES).join('|')} FOLDER`)
  process.exit(2)
}

const [program, source] = image.entry
const threads = globSync(image.threads, { cwd: root })
mkdirSync(folder, { recursive: true })
await build({
  entryPoints: Object.fromEntries([
    [program, join(root, source)],
    ...threads.map((file) => [basename(file, '.ts'), join(root, file)]),
  ]),
  outdir: join(folder, 'dist'),
  bundle: true,
  splitting: true,
  external: NATIVE.flatMap((one) => [one, `${one}/*`]),
  platform: 'node',
  format: 'esm',
  target: 'node24',
  banner: { js: REQUIRE },
  legalComments: 'none',
  logLevel: 'error',
})
const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'hindcast', version, license, type: 'module' }))
for (const file of ['LICENSE', ...image.files]) cpSync(join(root, file), join(folder, file), { recursive: true })
for (const one of closureOf(image.packages)) {
  cpSync(join(root, 'node_modules', one), join(folder, 'node_modules', one), { recursive: true })
}

/** Packages and what they depend on, as far as it is installed: the native part of another platform is not. */
function closureOf(packages: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [...packages]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const file = join(root, 'node_modules', next, 'package.json')
    if (found.has(next) || !existsSync(file)) continue
    found.add(next)
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(readFileSync(file, 'utf8'))
    waiting.push(...Object.keys(dependencies), ...Object.keys(optionalDependencies))
  }
  return found
}
