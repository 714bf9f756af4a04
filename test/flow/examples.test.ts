import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { GoldenJson } from '../golden/load.ts'
import { cli, workFolder } from './cli-process.ts'

/** What the README runs: the shipped data, and the examples of all three kinds that compute. */
const work = workFolder()
const EXAMPLES = join(import.meta.dirname, '../../examples')
const run = (...args: string[]) => cli(args, { cwd: work.dir })
after(work.remove)

test('the examples of every kind run on the shipped data, and each has its report', async () => {
  const prices = join(EXAMPLES, 'data/all_stocks_5yr.csv.gz')
  const imported = await run('dataset', 'import', 'sp500', '--prices', prices, '--preset', 'kaggle', '-q')
  assert.equal(imported.code, 0, imported.err)
  const files = ['monte-carlo.yaml', 'walk-forward.yaml', 'momentum-sp500.yaml'].map((file) => join(EXAMPLES, file))
  const ended = await run('run', ...files, '--html', '{name}.html', '-o', 'json', '-q')
  assert.equal(ended.code, 0, ended.err)
  const found = (JSON.parse(ended.out) as GoldenJson[]).map(({ name, kind, status, evidence }) => {
    const page = readFileSync(work.path(`${name}.html`), 'utf8')
    return [name, kind, status, evidence.tests.length >= 8, page.includes(evidence.says)]
  })
  assert.deepEqual(found, [
    ['momentum-luck', 'MonteCarlo', 'completed', true, true],
    ['momentum-walk', 'WalkForward', 'completed', true, true],
    ['momentum-sp500', 'Backtest', 'completed', true, true],
  ])
})
