import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { importFaults } from './imports.ts'
import { folderFaults, sizeFaults } from './sizes.ts'
import { parseSource, type Source } from './source.ts'
import { wordFaults } from './words.ts'

/** A planted violation of every form: each must be seen, by the law that speaks of it. */
const PLANTED: readonly [title: string, path: string, text: string, law: (source: Source) => string[]][] = [
  ['a static import of a room below', 'core/a.ts', "import { x } from '../engine/x.ts'", importFaults],
  ['an import for its effect', 'core/a.ts', "import '../engine/x.ts'", importFaults],
  ['an import of types', 'engine/a.ts', "import type { X } from '../storage/x.ts'", importFaults],
  ['an inline import type', 'engine/a.ts', "export type X = import('../storage/x.ts').X", importFaults],
  ['an export from', 'engine/a.ts', "export { x } from '../storage/x.ts'", importFaults],
  ['an export of all', 'engine/a.ts', "export * from '../storage/x.ts'", importFaults],
  ['a dynamic import', 'engine/a.ts', "const x = await import('../storage/x.ts')", importFaults],
  ['a dynamic import of a template', 'engine/a.ts', 'const x = await import(`../storage/x.ts`)', importFaults],
  ['a computed import', 'storage/a.ts', 'const x = await import(name)', importFaults],
  ['require', 'engine/a.ts', "const x = require('../storage/x.ts')", importFaults],
  [
    'require under another name',
    'engine/a.ts',
    "const load = createRequire(import.meta.url)\nload('../storage/x.ts')",
    importFaults,
  ],
  ['require made and called at once', 'engine/a.ts', "createRequire(import.meta.url)('../storage/x.ts')", importFaults],
  ['import.meta.resolve', 'engine/a.ts', "const x = import.meta.resolve('../storage/x.ts')", importFaults],
  ['an import that spans lines', 'engine/a.ts', "import {\n  x,\n} from\n  '../storage/x.ts'", importFaults],
  ['a way round through dots', 'engine/a.ts', "import { x } from '.././engine/../storage/x.ts'", importFaults],
  ['in importing out', 'storage/in/a.ts', "import { x } from '../out/x.ts'", importFaults],
  ['out importing in', 'storage/out/a.ts', "import { x } from '../in/x.ts'", importFaults],
  [
    'crds importing the engine past the catalogue',
    'crds/a.ts',
    "import { x } from '../engine/compute.ts'",
    importFaults,
  ],
  ['the operator importing Parquet', 'operator/a.ts', "import { x } from '../storage/parquet/x.ts'", importFaults],
  ['the runner importing the Kubernetes client', 'runner/a.ts', "import { x } from '../kube/x.ts'", importFaults],
  ['Node in the engine', 'engine/a.ts', "import fs from 'node:fs'", importFaults],
  ['Node in the console', 'console/a.ts', "import fs from 'node:fs'", importFaults],
  ['I/O in core', 'core/a.ts', "import fs from 'node:fs'", importFaults],
  ['a dependency in core', 'core/a.ts', "import { Type } from 'typebox'", importFaults],
  ['polars outside Parquet', 'storage/in/a.ts', "import pl from 'nodejs-polars'", importFaults],
  ['pg outside the ledger', 'api/a.ts', "import pg from 'pg'", importFaults],
  [
    'a deep import of a package that has a home',
    'cli/a.ts',
    "import x from '@kubernetes/client-node/dist/x.js'",
    importFaults,
  ],
  ['a foreign engine', 'runner/a.ts', "import x from 'qlib/workflow'", importFaults],
  ['a room that does not exist', 'cellar/a.ts', '', importFaults],
  ['the environment', 'runner/a.ts', 'const x = process.env.HOME', wordFaults],
  ['the environment by a string', 'runner/a.ts', "const x = process['env']", wordFaults],
  ['the wall clock', 'core/a.ts', 'const x = Date.now()', wordFaults],
  ['the wall clock as a date', 'core/a.ts', 'const x = new Date()', wordFaults],
  ['the monotonic clock', 'engine/a.ts', 'const x = performance.now()', wordFaults],
  ['randomness', 'engine/a.ts', 'const x = Math.random()', wordFaults],
  ['printing', 'storage/a.ts', "console.log('x')", wordFaults],
  ['eval', 'cli/a.ts', "eval('x')", wordFaults],
  ['a function from text', 'cli/a.ts', "const f = new Function('x')", wordFaults],
  ['a long file', 'core/a.ts', 'const x = 1\n'.repeat(401), sizeFaults],
  ['a long function', 'core/a.ts', `function f() {\n${'  g()\n'.repeat(69)}}`, sizeFaults],
  ['a long arrow function', 'core/a.ts', `const f = () => {\n${'  g()\n'.repeat(69)}}`, sizeFaults],
  ['a long line', 'core/a.ts', `const x = '${'x'.repeat(111)}'`, sizeFaults],
  ['five parameters', 'core/a.ts', 'function f(a, b, c, d, e) {}', sizeFaults],
]

for (const [title, path, text, law] of PLANTED) {
  test(`a planted violation is found: ${title}`, () => {
    assert.equal(law(parseSource(path, text)).length, 1)
  })
}

/** The nearest lawful neighbour of a violation: none may be accused. */
const LAWFUL: readonly [title: string, path: string, text: string, law: (source: Source) => string[]][] = [
  ['an import downwards', 'engine/a.ts', "import { x } from '../core/x.ts'", importFaults],
  ['an import inside a room', 'storage/in/a.ts', "import { x } from './x.ts'", importFaults],
  ['the catalogue from crds', 'crds/a.ts', "import { x } from '../engine/alphas/catalogue.ts'", importFaults],
  ['hashing in core', 'core/identity.ts', "import { createHash } from 'node:crypto'", importFaults],
  ['polars in its home', 'storage/parquet/a.ts', "import pl from 'nodejs-polars'", importFaults],
  ['Node in a test of the engine', 'engine/a.test.ts', "import { test } from 'node:test'", importFaults],
  ['the environment in config.ts', 'runner/config.ts', 'const x = process.env', wordFaults],
  ['the clock in main.ts', 'runner/main.ts', 'const x = Date.now()', wordFaults],
  ['a date made from a number', 'core/a.ts', 'const x = new Date(0)', wordFaults],
  ['a word inside a text', 'core/a.ts', "const x = 'Math.random and eval(x)'", wordFaults],
  ['a file at its ceiling', 'core/a.ts', 'const x = 1\n'.repeat(400), sizeFaults],
  ['four parameters', 'core/a.ts', 'function f(a, b, c, d) {}', sizeFaults],
]

for (const [title, path, text, law] of LAWFUL) {
  test(`a lawful neighbour is let through: ${title}`, () => {
    assert.deepEqual(law(parseSource(path, text)), [])
  })
}

test('a folder of fifteen source files and a folder called util are found', () => {
  const crowd = Array.from({ length: 15 }, (_, k) => `core/file-${k}.ts`)
  assert.equal(folderFaults(crowd).length, 1)
  assert.equal(folderFaults(crowd.slice(1)).length, 0)
  assert.equal(folderFaults(['storage/util/x.ts']).length, 1)
})

test('a file that does not parse stops the law instead of passing it', () => {
  assert.throws(() => parseSource('core/a.ts', 'const = 1'), /core\/a\.ts/)
})
