import { cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'

/**
 * Bundles the command line into `dist/`: our sources, and apache-arrow, whose hundreds of files take 0.1 s to load
 * one by one; every other package stays in node_modules. Worker threads
 * (`*-thread.ts`) are entry points of their own beside the main program, so that a URL relative to the running file
 * finds them built and unbuilt alike. The folder appears whole, by rename: two builds at once do no harm.
 */
const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
// A source saved while the build runs must count as newer than it.
const started = new Date()
const staging = join(root, `.cache/dist-${process.pid}`)

const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>
}
const outside = Object.keys(dependencies).filter((name) => name !== 'apache-arrow')

const threads = globSync('{runner,storage,engine,cli}/**/*-thread.ts', { cwd: root })
const entries = Object.fromEntries(threads.map((file) => [basename(file, '.ts'), join(root, file)]))

mkdirSync(staging, { recursive: true })
await build({
  entryPoints: { hindcast: join(root, 'cli/main.ts'), attempt: join(root, 'runner/main.ts'), ...entries },
  outdir: staging,
  bundle: true,
  splitting: true,
  external: outside.flatMap((name) => [name, `${name}/*`]),
  platform: 'node',
  format: 'esm',
  target: 'node22',
  sourcemap: 'linked',
  logLevel: 'error',
})
cpSync(join(root, 'migrations'), join(staging, 'migrations'), { recursive: true })
writeFileSync(join(staging, '.built'), '')
utimesSync(join(staging, '.built'), started, started)

const old = join(root, `.cache/dist-old-${process.pid}`)
try {
  renameSync(dist, old)
} catch {
  // First build: there is nothing to move away.
}
try {
  renameSync(staging, dist)
} catch {
  // Another build put its folder there first: it is made of the same sources.
  rmSync(staging, { recursive: true, force: true })
}
rmSync(old, { recursive: true, force: true })
