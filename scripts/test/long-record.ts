import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import type { Tally } from './run-layer.ts'

/** The last long run of each layer, committed: what `npm run test:long` writes when it ends. */
const ROOT = join(import.meta.dirname, '..', '..')
const FILE = join(ROOT, 'test', 'LONG.md')

const HEAD = `# The last long run of each layer

\`npm run test:long\` tries twenty of each random case where \`npm test\` tries five, and every call of the crash sweep;
it writes this page when it ends. A layer run alone (\`npm run test:long -- --layer world\`) changes its own line.

| layer | day | revision | passed | failed | left out | minutes | machine |
| --- | --- | --- | --- | --- | --- | --- | --- |
`

/** Puts a line of each layer into test/LONG.md, in place of its older one. */
export function recordLong(done: readonly Tally[], day: string): void {
  const lines = new Map(linesOf(existsSync(FILE) ? readFileSync(FILE, 'utf8') : ''))
  for (const tally of done) lines.set(tally.layer, lineOf(tally, day))
  writeFileSync(FILE, `${HEAD}${[...lines.values()].join('\n')}\n`)
}

function linesOf(page: string): [layer: string, line: string][] {
  const rows = page.split('\n').filter((line) => /^\| \w+ \| \d{4}-/.test(line))
  return rows.map((line) => [line.split(' ')[1]!, line])
}

function lineOf({ layer, passed, failures, skipped, seconds }: Tally, day: string): string {
  const machine = `${availableParallelism()} cores, ${cpus()[0]?.model ?? 'unknown'}`
  const cells = [layer, day, revision(), passed, failures.length, skipped.length, (seconds / 60).toFixed(1), machine]
  return `| ${cells.join(' | ')} |`
}

/** The commit, and whether the checkout differed from it. */
function revision(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' }).stdout.trim()
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!test/LONG.md') !== ''
  return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' and changes' : ''}`
}
