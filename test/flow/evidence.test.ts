import { strict as assert } from 'node:assert'
import { mkdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { synthesise } from '../../storage/in/synth.ts'
import type { GoldenJson } from '../golden/load.ts'
import { cli, document, workFolder } from './cli-process.ts'

/** What the card says of results whose truth is known: a market without an alpha, and one that rewards reversal. */
const work = workFolder()
const run = (...args: string[]) => cli(args, { cwd: work.dir })
const MARKETS = { noise: {}, planted: { reversal: 0.08 } } as const
const PERIOD = { startDate: '2015-03-02', endDate: '2017-08-31' }
const cards = new Map<string, GoldenJson>()

before(async () => {
  const datasetsDir = work.path('.hindcast/datasets')
  mkdirSync(datasetsDir, { recursive: true })
  for (const [dataset, planted] of Object.entries(MARKETS)) {
    await synthesise({ datasetsDir, dataset, names: 80, days: 700, seed: 7, planted, now: () => 0 })
    const backtest = { dataset, alpha: { name: 'reversal' }, ...PERIOD, costModel: {} }
    const walk = {
      backtest,
      windows: { trainMonths: 12, testMonths: 2, stepMonths: 2, minTrainDays: 200 },
      search: { parameters: { lookbackDays: [10, 15, 21, 30], winsorizePct: [0.01, 0.05] } },
    }
    const paths = { backtestRef: { name: `${dataset}-test` }, simulations: 2000, method: 'stationary' }
    work.write(
      `${dataset}.yaml`,
      [
        document('Backtest', `${dataset}-test`, backtest),
        document('WalkForward', `${dataset}-walk`, walk),
        document('MonteCarlo', `${dataset}-paths`, paths),
      ].join('---\n'),
    )
    const ended = await run('run', `${dataset}.yaml`, '-o', 'json', '-q')
    assert.equal(ended.code, 0, ended.err)
    for (const { name, evidence } of JSON.parse(ended.out) as GoldenJson[]) cards.set(name, evidence)
  }
})
after(work.remove)

const says: [job: string, verdict: RegExp, words: RegExp][] = [
  ['noise-test', /^weak$/, /^The IC is not told apart from noise\./],
  ['noise-walk', /^weak$/, /^This is what noise looks like: .* best of 8 trials without skill/],
  ['noise-paths', /^weak$/, /^This is well within luck: /],
  ['planted-test', /^mixed$/, /^The IC is told apart from zero\. How many alphas were tried/],
  ['planted-walk', /^mixed$/, /^This is not noise: .* more than luck among 8 trials/],
  ['planted-paths', /^mixed$/, /^This is more than luck: /],
]
for (const [job, verdict, words] of says) {
  test(`the card of ${job} says in words what is true of its market`, () => {
    assert.match(cards.get(job).says, words)
    assert.match(cards.get(job).verdict, verdict)
  })
}

test('each test of every card has value, threshold, verdict and what would change it', () => {
  for (const [job, { tests }] of cards) {
    assert.ok(tests.length >= 8, job)
    for (const one of tests) {
      assert.ok(['pass', 'doubt', 'fail'].includes(one.verdict), `${job} ${one.name}`)
      for (const field of ['title', 'shown', 'threshold', 'finding', 'change']) {
        assert.ok(typeof one[field] === 'string' && one[field] !== '', `${job} ${one.name} ${field}`)
      }
      assert.ok(one.value === null || typeof one.value === 'number' || one.value === 'Infinity', `${job} ${one.name}`)
    }
  }
})

test('the terminal and the report say of noise what JSON says', async () => {
  const { says } = cards.get('noise-walk')
  const shown = (await run('get', 'noise-walk')).out.replaceAll(/\s+/g, ' ')
  assert.equal((await run('report', 'noise-walk', '--html', 'noise.html')).code, 0)
  assert.ok(shown.includes(says))
  assert.ok(work.read('noise.html').includes(says))
})

test('a card is no part of a result: its files hold nothing of it', async () => {
  const { out } = await run('get', 'noise-walk', '-o', 'json')
  const { resultPath } = JSON.parse(out)
  assert.doesNotMatch(work.read(`${resultPath.slice(work.dir.length + 1)}/summary.json`), /evidence|noise looks like/)
})

test('jobs of two kinds are not compared, and two of one kind are, in the words of that kind', async () => {
  const mixed = await run('compare', 'noise-test', 'noise-walk')
  assert.equal(mixed.code, 2)
  assert.match(mixed.err, /jobs of one kind: noise-test is a Backtest, noise-walk is a WalkForward/)
  const walks = await run('compare', 'noise-walk', 'planted-walk')
  assert.match(walks.out, /^Test IC +.*\*/m)
  const paths = await run('compare', 'noise-paths', 'planted-paths', '-o', 'json')
  const { metrics } = JSON.parse(paths.out)
  assert.equal(
    metrics.find(({ name }: { name: string }) => name === 'p_value').best,
    JSON.parse(paths.out).jobs[1].jobId,
  )
  const backtests = await run('compare', 'noise-test', 'planted-test')
  assert.match(backtests.out, /^Probabilistic Sharpe +/m)
})
