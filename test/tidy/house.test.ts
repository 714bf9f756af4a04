import { strict as assert } from 'node:assert'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { importFaults } from './imports.ts'
import { folderFaults, sizeFaults } from './sizes.ts'
import { everyFile, everySource, ROOT } from './source.ts'
import { wordFaults } from './words.ts'

const sources = everySource()
const files = everyFile().filter((path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile())
const text = (path: string) => readFileSync(join(ROOT, path), 'utf8')

test('the laws read the whole house, not an empty folder', () => {
  assert.ok(sources.length >= 100, `${sources.length} sources`)
})

for (const [title, law] of [
  ['every import follows the room order', importFaults],
  ['clocks, randomness, environment and printing stay where they belong', wordFaults],
  ['files, functions, lines and parameter lists keep their ceilings', sizeFaults],
] as const) {
  test(title, () => assert.deepEqual(sources.flatMap(law), []))
}

test('folders are small and their names say what is in them', () => {
  assert.deepEqual(folderFaults(files), [])
})

/** Text that no file may hold: addresses of registries, paths of somebody's machine, the spec's folder. */
const NOWHERE: readonly [what: string, pattern: RegExp][] = [
  ['the host of a registry', /registry\.npm(?:js|mirror)|pypi\.org|proxy\.golang\.org|deb\.debian\.org/],
  ['a path of one machine', /\/(?:home|Users)\/[a-z]|\/work\/(?:main|shared)/],
  ['the folder the specification came in', /\.\.\/shared\b/],
]
const READABLE =
  /\.(?:ts|cjs|mjs|js|json|md|ya?ml|sql|go|mod|sh|html|css|npmrc)$|^(?:hindcast|\.ci\/run|Dockerfile\.\w+)$/

for (const [what, pattern] of NOWHERE) {
  test(`no file names ${what}`, () => {
    const guilty = files.filter(
      (path) => READABLE.test(path) && path !== 'test/tidy/house.test.ts' && pattern.test(text(path)),
    )
    assert.deepEqual(guilty, [])
  })
}

test('no lock file records a download address', () => {
  const locks = files.filter((path) => path.endsWith('package-lock.json'))
  assert.ok(locks.length >= 2)
  assert.deepEqual(
    locks.filter((path) => text(path).includes('"resolved": "http')),
    [],
  )
})

test('the lock file holds the optional packages of every platform, so that npm ci accepts it', () => {
  const { packages } = JSON.parse(text('package-lock.json')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>
  }
  const named = Object.values(packages).flatMap((entry) => Object.entries(entry.optionalDependencies ?? {}))
  assert.ok(named.length > 20)
  assert.deepEqual(
    named.filter(([name, version]) => /^\d/.test(version) && packages[`node_modules/${name}`] === undefined),
    [],
    'run: node scripts/complete-lock.ts',
  )
})

test('every decision has its own number and fits a page', () => {
  const decisions = files.filter((path) => path.startsWith('docs/decisions/') && path.endsWith('.md'))
  const numbers = decisions.map((path) => path.split('/')[2]!.slice(0, 5))
  assert.deepEqual(
    numbers.filter((number) => !/^\d{4}-$/.test(number)),
    [],
  )
  assert.equal(new Set(numbers).size, numbers.length, 'two decisions share a number')
  assert.deepEqual(
    decisions.filter((path) => text(path).split('\n').length > 60),
    [],
  )
})

test('the change log has a Numbers heading and nothing pending', () => {
  const log = text('CHANGELOG.md')
  assert.match(log, /^### Numbers$/m)
  assert.doesNotMatch(log, /^##+ Pending/m)
})

test('a TODO names the issue it waits for', () => {
  const bare = /\b(?:TODO|FIXME|XXX)\b(?! #\d)/
  const self = /^test\/tidy\//
  assert.deepEqual(
    sources.filter((source) => !self.test(source.path) && bare.test(source.text)).map((source) => source.path),
    [],
  )
})

test('no console screen, page or script of ours loads anything from another host', () => {
  const guilty = sources.filter((source) => /^console\//.test(source.path) && /(?:src|href)="https?:/.test(source.text))
  assert.deepEqual(
    guilty.map((source) => source.path),
    [],
  )
})
