import { strict as assert } from 'node:assert'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { differences } from '../golden/compare.ts'
import { type GoldenJson, goldenCase } from '../golden/load.ts'
import { camelKeys, caseBacktest } from '../golden/run-case.ts'
import { cli, document, type Ended, ended, manifest, startCli, TINY, workFolder } from './cli-process.ts'
import { columnsOf } from './parquet-columns.ts'

/** The kinds that are more than one Backtest, from a manifest to their files. */
const work = workFolder()
const INPUTS = join(import.meta.dirname, '../golden/inputs')
const run = (...args: string[]) => cli(args, { cwd: work.dir })
const recordsOf = ({ out }: Ended): GoldenJson[] => JSON.parse(out)

const WALK = {
  backtest: {
    dataset: 'tiny',
    alpha: { name: 'reversal' },
    startDate: '2015-01-05',
    endDate: '2015-12-31',
    costModel: {},
  },
  windows: { trainMonths: 4, testMonths: 2, stepMonths: 4, minTrainDays: 60 },
  search: { parameters: { lookbackDays: [5, 10], winsorizePct: [0.01, 0.05] } },
}

before(async () => {
  work.write('walk.yaml', document('WalkForward', 'walk', WALK))
  assert.equal((await run(...TINY)).code, 0)
})
after(work.remove)

/** Name -> bytes of every file that holds no time. */
function filesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => name !== 'manifest.json')
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'hex')]))
}

const readJson = (directory: string, name: string): GoldenJson =>
  JSON.parse(readFileSync(join(directory, name), 'utf8'))

test('a walk writes its documents and the stitched series, and its record has the figures of a status', async () => {
  const ended = await run('run', 'walk.yaml', '-o', 'json', '-q')
  assert.deepEqual([ended.code, ended.err], [0, ''])
  const [record] = recordsOf(ended)
  assert.deepEqual(readdirSync(record.resultPath).sort(), [
    'daily_ic.parquet',
    'daily_portfolio_returns.parquet',
    'manifest.json',
    'net_portfolio_returns.parquet',
    'param_search.json',
    'summary.json',
    'walk_forward.json',
  ])
  const walk = readJson(record.resultPath, 'walk_forward.json')
  const ic = await columnsOf(join(record.resultPath, 'daily_ic.parquet'))
  assert.deepEqual([walk.windows.length, record.metrics.windows, record.kind], [2, 2, 'WalkForward'])
  assert.deepEqual(Object.keys(record.metrics).slice(0, 7), [
    'test_ic',
    'test_icir',
    'overfitting_ratio',
    'is_overfit',
    'windows',
    'dsr',
    'pbo',
  ])
  assert.equal(record.metrics.test_ic, walk.aggregated.test_ic)
  const days = readJson(record.resultPath, 'manifest.json').files.find(
    (file: { name: string }) => file.name === 'daily_ic.parquet',
  )
  assert.equal(ic.rank_ic?.length, days.rows)
  const spread = record.metrics.mean_ic - (ic.rank_ic ?? []).reduce<number>((sum, one) => sum + one!, 0) / days.rows
  assert.ok(Math.abs(spread) < 1e-12, 'mean_ic is that of the stitched series')
  const summary = readJson(record.resultPath, 'summary.json')
  assert.deepEqual(
    [summary.has_walk_forward, summary.walk_forward_windows, summary.param_search_combinations],
    [true, 2, 4],
  )
})

test('a walk is the same to the last byte on 1, 2 and 4 threads', async () => {
  const found: Record<string, string>[] = []
  for (const threads of ['1', '2', '4']) {
    const home = work.path(`threads-${threads}`)
    assert.equal((await run(...TINY, '--home', home)).code, 0)
    const ended = await run('run', 'walk.yaml', '-o', 'json', '-q', '--home', home, '--threads', threads)
    assert.equal(ended.code, 0, ended.err)
    found.push(filesOf(recordsOf(ended)[0].resultPath))
  }
  assert.deepEqual(found[1], found[0])
  assert.deepEqual(found[2], found[0])
})

test('the same walk again is answered from its files, and computed again it is the same', async () => {
  const [again] = recordsOf(await run('run', 'walk.yaml', '-o', 'json', '-q'))
  assert.deepEqual([again.reused, again.engineMs], [true, 0])
  const verified = await run('run', 'walk.yaml', '--verify')
  assert.equal(verified.code, 0)
  assert.match(verified.err, /walk: verified: 6 files equal byte for byte/)
  const reran = await run('rerun', 'walk', '-o', 'json', '-q')
  assert.equal(recordsOf(reran)[0].jobId, again.jobId)
})

test('a walk and a backtest of one call stand in one list, and names find both', async () => {
  work.write('both.yaml', `${manifest('plain')}---\n${document('WalkForward', 'walk', WALK)}`)
  const records = recordsOf(await run('run', 'both.yaml', '-o', 'json', '-q'))
  assert.deepEqual(
    records.map(({ kind, name, status }) => [kind, name, status]),
    [
      ['Backtest', 'plain', 'completed'],
      ['WalkForward', 'walk', 'completed'],
    ],
  )
  const [walk] = [await run('get', 'walk')]
  assert.match(walk.out, /^out of sample {2}test IC /m)
  assert.match(walk.out, /^ +overfit +(?:yes|no|undetermined)/m)
  assert.match(walk.out, /^evidence +verdict +(?:weak|mixed|strong)\. /m)
})

test('a gate may ask for a figure of a walk', async () => {
  assert.equal((await run('run', 'walk.yaml', '-q', '--require', 'windows==2')).code, 0)
  const { code, err } = await run('run', 'walk.yaml', '-q', '--require', 'windows>2')
  assert.equal(code, 5)
  assert.match(err, /gate not met: windows>2: windows is 2/)
})

test('a walk has its report, from run and from report, and both are one page', async () => {
  const asked = await run('run', 'walk.yaml', '--html', 'asked.html')
  const later = await run('report', 'walk', '--html', 'later.html')
  assert.deepEqual([asked.code, later.code], [0, 0])
  assert.equal(work.read('asked.html'), work.read('later.html'))
  assert.match(work.read('asked.html'), /<title>walk · Hindcast<\/title>.*id="timeline".*id="search"/s)
  assert.match(asked.out, /^files +artifacts .*\n +report +asked\.html$/m)
})

test('the card of a walk is one card in the terminal, in JSON and in the report', async () => {
  const [record] = recordsOf(await run('run', 'walk.yaml', '-o', 'json', '-q'))
  const got = JSON.parse((await run('get', 'walk', '-o', 'json')).out)
  const { evidence } = record
  assert.deepEqual(got.evidence, evidence)
  assert.ok(evidence.tests.length >= 8)
  const shown = (await run('get', 'walk')).out.replaceAll(/\s+/g, ' ')
  const page = work.read('asked.html')
  for (const { title, shown: value, change } of evidence.tests) {
    assert.ok(shown.includes(`${title} ${value} `), title)
    assert.ok(page.includes(`${title}</th><td><b>${value}</b>`), title)
    assert.ok(page.includes(`<td>${change}</td>`), change)
  }
  assert.ok(shown.includes(evidence.says) && page.includes(evidence.says))
})

test('a walk that no window fits in is failed with the reason, and leaves no files', async () => {
  const windows = { trainMonths: 60, testMonths: 3, stepMonths: 3, minTrainDays: 60 }
  work.write('long.yaml', document('WalkForward', 'long', { ...WALK, windows }))
  const ended = await run('run', 'long.yaml', '-o', 'json', '-q')
  const problem = `${ended.out}${ended.err}`
  assert.notEqual(ended.code, 0)
  assert.match(problem, /walkforward_invalid|no window/)
})

test('a window that fails for good ends the walk with its name, and leaves no files', async () => {
  const quantiles = { count: 5, holdingPeriodDays: 5, skipDays: 1, minObservationsPerDate: 50, minTotalDates: 50 }
  const backtest = { ...WALK.backtest, quantiles }
  work.write('short.yaml', document('WalkForward', 'short', { ...WALK, backtest }))
  const { code, out } = await run('run', 'short.yaml', '-o', 'json', '-q')
  const [record] = JSON.parse(out) as GoldenJson[]
  assert.deepEqual([code, record.status, record.error.class], [5, 'failed', 'unit_failed'])
  assert.match(record.error.message, /^window [01] \(2015-\d\d-\d\d to 2015-\d\d-\d\d\): [a-z_]+: /)
  const left = readdirSync(work.path('.hindcast/artifacts'), { recursive: true })
  assert.deepEqual(
    left.filter((path) => String(path).includes(`${record.jobId}/`)),
    [],
  )
})

for (const [kind, before, text] of [
  ['walk', null, document('WalkForward', 'long', WALK)],
  [
    'MonteCarlo',
    manifest('source'),
    document('MonteCarlo', 'long', { backtestRef: { name: 'source' }, simulations: 100_000 }),
  ],
] as const) {
  test(`a ${kind} that is cancelled leaves no files, and runs to its end when it is asked again`, async () => {
    const home = work.path(`cancelled-${kind}`)
    assert.equal((await run(...TINY, '--home', home)).code, 0)
    work.write('before.yaml', before ?? '')
    if (before !== null) assert.equal((await run('run', 'before.yaml', '--home', home, '-q')).code, 0)
    work.write('long.yaml', text)
    const env = { HINDCAST_ENV: 'test', HINDCAST_TEST_PACE_MS: '500' }
    const child = startCli(['run', 'long.yaml', '--home', home, '-o', 'json'], { cwd: work.dir, env })
    let interrupted = false
    child.stderr.on('data', (text: Buffer) => {
      if (interrupted || !/computing/.test(text.toString())) return
      interrupted = true
      child.kill('SIGINT')
    })
    const { code, out } = await ended(child)
    const [record] = JSON.parse(out) as GoldenJson[]
    assert.deepEqual([code, record.status, record.error.class], [130, 'cancelled', 'cancelled'])
    assert.match(
      record.error.message,
      kind === 'walk' ? /^cancelled (at|before)/ : /^cancelled (after \d+ paths|before)/,
    )
    const left = readdirSync(join(home, 'artifacts'), { recursive: true, withFileTypes: true })
    assert.deepEqual(
      left.filter((entry) => entry.isFile() && entry.parentPath.includes(record.jobId)).map(({ name }) => name),
      [],
    )
    const again = await run('run', 'long.yaml', '--home', home, '-o', 'json', '-q')
    assert.deepEqual([again.code, recordsOf(again)[0].status], [0, 'completed'])
  })
}

test("WF_A_reversal through import and run: windows, choices, ICs and aggregates are the reference's", async () => {
  const golden = goldenCase('WF_A_reversal')
  const { config } = golden
  const source = ['--prices', join(INPUTS, '..', golden.panel)]
  assert.equal((await run('dataset', 'import', 'golden', ...source)).code, 0)
  const spec = {
    backtest: { dataset: 'golden', alpha: { name: golden.alpha }, startDate: golden.start, endDate: golden.end },
    windows: {
      trainMonths: config.train_months,
      testMonths: config.test_months,
      stepMonths: config.step_months,
      minTrainDays: config.min_train_samples,
    },
    search: { parameters: camelKeys(golden.grid) },
  }
  work.write('golden.yaml', document('WalkForward', 'golden', spec))
  const ended = await run('run', 'golden.yaml', '-o', 'json', '-q')
  assert.equal(ended.code, 0, ended.err)
  const { windows, aggregated } = readJson(recordsOf(ended)[0].resultPath, 'walk_forward.json')
  assert.deepEqual(differences(windows, golden.expected.windows), [])
  const { windows: _, aggregated_test_ic, aggregated_test_icir, ...expected } = golden.expected
  const found = {
    test_ic: aggregated.test_ic,
    test_icir: aggregated.test_icir,
    overfitting_ratio: aggregated.overfitting_ratio,
    is_overfit: aggregated.is_overfit,
  }
  const wanted = { test_ic: aggregated_test_ic, test_icir: aggregated_test_icir, ...expected }
  assert.deepEqual(differences(found, wanted), [])
})

const PATHS = { backtestRef: { name: 'source' }, simulations: 2500, method: 'stationary', basis: 'net' }

test('a MonteCarlo runs after the Backtest of the call that it names, in whatever order they stand', async () => {
  work.write('paths.yaml', `${document('MonteCarlo', 'paths', PATHS)}---\n${manifest('source', { costModel: {} })}`)
  const ended = await run('run', 'paths.yaml', '-o', 'json', '-q')
  assert.equal(ended.code, 0, ended.err)
  const [paths, source] = recordsOf(ended)
  assert.deepEqual([paths.kind, paths.status, source.kind], ['MonteCarlo', 'completed', 'Backtest'])
  assert.equal(paths.snapshotId, source.snapshotId)
  for (const name of ['sharpe', 'sharpe_q05', 'sharpe_q50', 'sharpe_q95', 'p_value', 'max_drawdown_q05']) {
    assert.ok(Number.isFinite(paths.metrics[name]), name)
  }
  assert.ok(Math.abs(paths.metrics.sharpe - source.metrics.net_sharpe) < 1e-9, 'the observed path is the source')
  const { rows } = readJson(paths.resultPath, 'manifest.json').files.find(
    (file: { name: string }) => file.name === 'monte_carlo_distributions.parquet',
  )
  assert.equal(rows, 2500)
  const shown = await run('get', 'paths')
  assert.match(shown.out, /^ +[✓?✗] Chance without skill /m)
})

test("a MonteCarlo alone takes the home's latest Backtest of that name, and is reused", async () => {
  work.write('alone.yaml', document('MonteCarlo', 'paths', PATHS))
  const [record] = recordsOf(await run('run', 'alone.yaml', '-o', 'json', '-q'))
  assert.deepEqual([record.status, record.reused], ['completed', true])
})

test('paths have their report with the fan of their source', async () => {
  const { code } = await run('report', 'paths', '--html', 'paths.html')
  assert.equal(code, 0)
  assert.match(
    work.read('paths.html'),
    /<title>paths · Hindcast<\/title>.*id="fan".*id="drawdown-law".*id="paths-sharpe"/s,
  )
})

test('paths are the same to the last byte on 1, 2 and 4 threads', async () => {
  const found: Record<string, string>[] = []
  for (const threads of ['1', '2', '4']) {
    const ended = await run('rerun', 'paths', '-o', 'json', '-q', '--threads', threads)
    assert.equal(ended.code, 0, ended.err)
    found.push(filesOf(recordsOf(ended)[0].resultPath))
  }
  assert.deepEqual(found[1], found[0])
  assert.deepEqual(found[2], found[0])
})

test('an inline backtest becomes a Backtest of its own, before the MonteCarlo that resamples it', async () => {
  const backtest = { dataset: 'tiny', alpha: { name: 'reversal' }, startDate: '2015-06-01', endDate: '2015-12-31' }
  work.write('inline.yaml', document('MonteCarlo', 'inline', { backtest, simulations: 100 }))
  const records = recordsOf(await run('run', 'inline.yaml', '-o', 'json', '-q'))
  assert.deepEqual(
    records.map(({ name, kind, status }) => [name, kind, status]),
    [
      ['inline-source', 'Backtest', 'completed'],
      ['inline', 'MonteCarlo', 'completed'],
    ],
  )
})

const SOURCELESS: readonly [title: string, files: string, says: RegExp][] = [
  [
    'names nothing',
    document('MonteCarlo', 'lost', { backtestRef: { name: 'nobody' } }),
    /no completed Backtest "nobody"/,
  ],
  [
    'names a Backtest that fails',
    `${document('MonteCarlo', 'lost', { backtestRef: { name: 'bad' } })}---\n${manifest('bad', { dataset: 'gone' })}`,
    /no completed Backtest "bad"/,
  ],
]
for (const [title, files, says] of SOURCELESS) {
  test(`a MonteCarlo whose source ${title} is source_failed`, async () => {
    work.write('lost.yaml', files)
    const { code, out } = await run('run', 'lost.yaml', '-o', 'json', '-q')
    const [record] = JSON.parse(out) as GoldenJson[]
    assert.deepEqual([code, record.error.class, record.jobId], [5, 'source_failed', null])
    assert.match(record.error.message, says)
  })
}

test('net returns of a source without costs are refused in words', async () => {
  work.write(
    'gross.yaml',
    `${manifest('gross')}---\n${document('MonteCarlo', 'net', { backtestRef: { name: 'gross' }, basis: 'net' })}`,
  )
  const { code, out } = await run('run', 'gross.yaml', '-o', 'json', '-q')
  const record = (JSON.parse(out) as GoldenJson[])[1]
  assert.deepEqual([code, record.error.class], [2, 'montecarlo_invalid'])
  assert.match(record.error.message, /basis net: the source .* has no such returns; give it a costModel/)
})

test("MC_A_momentum through import and run: the reference's draws give its intervals and its p-value", async () => {
  const golden = goldenCase('MC_A_momentum')
  const source = goldenCase(golden.source_case)
  const { alpha, startDate, endDate, decayHorizons } = caseBacktest(source, golden.weight_method)
  const fundamentals = source.fundamentals === null ? [] : ['--fundamentals', join(INPUTS, '..', source.fundamentals)]
  const prices = ['--prices', join(INPUTS, '..', source.panel)]
  assert.equal((await run('dataset', 'import', 'golden-paths', ...prices, ...fundamentals)).code, 0)
  const expected = golden.full.bootstrap
  const spec = {
    backtest: {
      dataset: 'golden-paths',
      alpha,
      startDate,
      endDate,
      decayHorizons,
      weightMethod: golden.weight_method,
    },
    simulations: expected.n_simulations,
    method: 'bootstrap',
    seed: golden.seed,
    confidenceLevels: golden.confidence_levels,
    generator: 'numpy-pcg64',
  }
  work.write('golden-paths.yaml', document('MonteCarlo', 'golden-paths', spec))
  const ended = await run('run', 'golden-paths.yaml', '-o', 'json', '-q')
  assert.equal(ended.code, 0, ended.err)
  const { intervals, p_value_sharpe } = readJson(recordsOf(ended)[1].resultPath, 'monte_carlo.json')
  assert.deepEqual(differences(p_value_sharpe, expected.p_value_sharpe), [])
  for (const { metric, observed, quantiles } of intervals) {
    const pairs = Object.entries(quantiles).map(([level, value]) => [Number(level), value])
    const { is_significant: _, ...wanted } = expected[`${metric}_ci`]
    assert.deepEqual(differences({ observed, quantiles: pairs }, wanted), [], metric)
  }
})
