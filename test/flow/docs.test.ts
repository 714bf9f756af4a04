import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readManifest } from '../../crds/read-manifest.ts'
import { cli, workFolder } from './cli-process.ts'

/** What the pages promise is done here as it stands there: manifests are read, commands are run in order. */
const ROOT = join(import.meta.dirname, '../..')
const PAGES = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).filter((page) => !page.includes('decisions/'))]
const work = workFolder()
after(work.remove)

interface Snippet {
  readonly page: string
  readonly language: string
  readonly text: string
}

const snippets: Snippet[] = PAGES.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', text = '']) => ({ page, language, text }),
  ),
)

const manifests = snippets.filter(({ language, text }) => language === 'yaml' && text.includes('kind:'))

test('the README has a manifest, and every manifest on a page is valid', () => {
  assert.ok(manifests.some(({ page }) => page === 'README.md'))
  for (const { page, text } of manifests) {
    const { problems, requests } = readManifest(text, { file: page, today: '2026-11-22' })
    assert.deepEqual(problems, [])
    assert.ok(requests.length > 0)
  }
})

test('every fenced block says what language it is in, and none is a language nobody checks', () => {
  const known = ['yaml', 'console', 'text', 'ts', 'sql', 'csv']
  for (const { page, language } of snippets) assert.ok(known.includes(language), `${page}: ${language}`)
})

/** Files that the README's commands speak of. */
function fillFolder(): void {
  cpSync(join(ROOT, 'examples'), work.path('examples'), { recursive: true })
  work.write('momentum.yaml', manifests.find(({ page }) => page === 'README.md')!.text)
  const days = Array.from({ length: 40 }, (_, k) => new Date(Date.UTC(2020, 0, 1 + k)).toISOString().slice(0, 10))
  const native = days.flatMap((day, k) => [1, 2].map((id) => `${id},${day},0.0${(k * id) % 7},${20 + k},100,5`))
  work.write('prices.csv', ['permno,date,ret,prc,vol,shrout', ...native].join('\n'))
  const yahoo = days.map((day, k) => `${day},${10 + k},${12 + k},${9 + k},${11 + k},${10.5 + k},1000`)
  for (const name of ['AAPL', 'MSFT']) {
    work.write(`${name}.csv`, ['Date,Open,High,Low,Close,Adj Close,Volume', ...yahoo].join('\n'))
  }
}

test('every command of the README and the other pages does what it says', async () => {
  fillFolder()
  const commands = snippets
    .filter(({ language }) => language === 'console')
    .flatMap(({ page, text }) => [...text.matchAll(/^\$ (.+)$/gm)].map(([, line]) => ({ page, line: line! })))
  assert.ok(commands.length >= 5)
  for (const { page, line } of commands) {
    const [program, ...args] = line.replace(/\s+#.*$/, '').split(/\s+/)
    assert.ok(program === './hindcast' || program === 'hindcast', `${page}: ${line}`)
    const { code, err } = await cli(args, { cwd: work.dir })
    assert.equal(code, 0, `${page}: ${line}\n${err}`)
  }
})

test('every program of a page runs, in a folder of this package', () => {
  const programs = snippets.filter(({ language }) => language === 'ts')
  assert.ok(programs.length > 0)
  for (const { page, text } of programs) {
    mkdirSync(join(ROOT, '.cache'), { recursive: true })
    const file = join(ROOT, `.cache/docs-${process.pid}.ts`)
    writeFileSync(file, text)
    const { status, stderr } = spawnSync(process.execPath, [file], { cwd: ROOT, encoding: 'utf8' })
    rmSync(file)
    assert.equal(status, 0, `${page}: ${stderr}`)
  }
})

test('every link of a page to a file leads to a file', () => {
  for (const page of PAGES) {
    const links = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
    for (const [, target] of links) {
      assert.ok(globSync(join(ROOT, page, '..', target!)).length > 0, `${page}: ${target}`)
    }
  }
})
