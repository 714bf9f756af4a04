import { strict as assert } from 'node:assert'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { buildProgram, everyCommand, pathOf } from '../program.ts'
import { completionScript } from './print.ts'
import { hidden, renderReference } from './reference.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const program = buildProgram(() => async () => {}, { version: '', root: ROOT })
const commands = everyCommand(program).filter((command) => !hidden(command) && command.name() !== 'help')

test('docs/cli.md is what the command line says of itself; "hindcast reference > docs/cli.md" renews it', () => {
  assert.equal(readFileSync(join(ROOT, 'docs', 'cli.md'), 'utf8'), renderReference(ROOT))
})

for (const command of commands.filter((one) => one.commands.length === 0)) {
  test(`${pathOf(command)} --help shows an example`, () => {
    assert.match(
      renderReference(ROOT)
        .split(`## ${pathOf(command)}\n`)[1]
        ?.split('\n## ')[0] ?? '',
      /Examples:\n {2}\$ /,
    )
  })
}

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  test(`the ${shell} script names every command and every long option`, () => {
    const script = completionScript(shell, ROOT)
    for (const command of commands.slice(1)) assert.ok(script.includes(command.name()), pathOf(command))
    for (const option of commands.flatMap((command) => command.options)) {
      assert.ok(script.includes(option.long!.replace('--', shell === 'fish' ? '-l ' : '--')), option.flags)
    }
  })
}

/** What bash offers for a line that ends where the cursor stands. */
function offered(line: string): string[] {
  const words = line.split(' ')
  const script = `${completionScript('bash', ROOT)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_hindcast; printf '%s\\n' "\${COMPREPLY[@]}"`
  return spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: join(ROOT, 'migrations') }).stdout.split('\n')
}

const lines: readonly [line: string, offers: string, not: string][] = [
  ['hindcast ', 'run', '--prices'],
  ['hindcast data', 'dataset', 'run'],
  ['hindcast dataset ', 'import', 'compare'],
  ['hindcast dataset import x --pre', '--preset', '--prices'],
  ['hindcast dataset import x --preset ', 'kaggle', '--prices'],
  ['hindcast -o ', 'json', 'run'],
  ['hindcast run a.yaml --', '--require', '--pin'],
]
for (const [line, offers, not] of lines) {
  test(`bash offers "${offers}" for "${line}"`, () => {
    const words = offered(line)
    assert.ok(words.includes(offers), words.join(' '))
    assert.ok(!words.includes(not), words.join(' '))
  })
}
