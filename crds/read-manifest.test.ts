import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { HindcastError } from '../core/errors.ts'
import { type ReadResult, readManifest, readOneManifest } from './read-manifest.ts'

const OPTIONS = { file: 'm.yaml', today: '2026-11-22' }
const read = (text: string | Uint8Array): ReadResult => readManifest(text, OPTIONS)
const head = (kind: string, name = 'a'): string =>
  `apiVersion: hindcast.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\n`
const COMPUTATION = 'dataset: sp500, alpha: {name: momentum}, startDate: 2015-01-02, endDate: 2015-12-31'
const GOOD = `${head('Backtest')}spec: {${COMPUTATION}}\n`

const RUN = {
  priority: 'normal',
  timeoutSeconds: null,
  memoryLimitBytes: null,
  cpu: 1,
  retryLimit: 3,
  workerLossPolicy: 'fail',
  suspend: false,
  deletionPolicy: 'retain',
  jobTTLSecondsAfterFinished: 86400,
}
const MOMENTUM = { lookbackDays: 252, skipDays: 21, winsorizePct: 0.01, universeFilter: 'all' }
const BACKTEST = {
  dataset: 'sp500',
  snapshotId: null,
  alpha: { name: 'momentum', parameters: MOMENTUM },
  startDate: '2015-01-02',
  endDate: '2015-12-31',
  weightMethod: 'zscore',
  decayHorizons: [1, 2, 5, 10, 20, 60],
  costModel: null,
  quantiles: null,
}
const HEAD = { name: 'a', namespace: 'default', createdBy: null, run: RUN }

/** Reads one good manifest and gives its request. */
function request(text: string): unknown {
  const { requests, problems } = read(text)
  assert.deepEqual(problems, [])
  assert.equal(requests.length, 1)
  return requests[0]
}

test('the smallest Backtest is read with every default explicit', () => {
  assert.deepEqual(request(GOOD), { kind: 'Backtest', ...HEAD, backtest: BACKTEST })
})

test('the smallest WalkForward is read with every default explicit', () => {
  assert.deepEqual(request(`${head('WalkForward')}spec: {backtest: {${COMPUTATION.replace('2015-12', '2017-12')}}}`), {
    kind: 'WalkForward',
    ...HEAD,
    walkForward: {
      backtest: { ...BACKTEST, endDate: '2017-12-31' },
      windows: { trainMonths: 12, testMonths: 3, stepMonths: 3, minTrainDays: 252, purgeDays: 0, embargoDays: 0 },
      search: { method: 'grid', parameters: {}, metric: 'mean_ic', iterations: 10, seed: 42, generator: 'counter' },
      overfittingThreshold: 2,
    },
    parallelism: 1,
  })
})

test('the smallest MonteCarlo is read with every default explicit', () => {
  assert.deepEqual(request(`${head('MonteCarlo')}spec: {backtestRef: {name: b}}`), {
    kind: 'MonteCarlo',
    ...HEAD,
    monteCarlo: {
      source: { name: 'b' },
      simulations: 1000,
      method: 'bootstrap',
      blockLength: null,
      seed: null,
      confidenceLevels: [0.05, 0.5, 0.95],
      basis: 'gross',
      generator: 'counter',
    },
    parallelism: 1,
  })
})

test('the smallest Regression is read with every default explicit', () => {
  const cases = `[{name: momentum_2015_2015, spec: {${COMPUTATION}}, expected: {icir: null}}]`
  const text = `${head('Regression')}spec: {runKey: k, cases: ${cases}}`
  assert.deepEqual(request(text), {
    kind: 'Regression',
    ...HEAD,
    regression: {
      runKey: 'k',
      tolerance: { relative: 0.001, absolute: 0.000001, perMetric: {} },
      stalePolicy: 'warn',
      maxAgeDays: 90,
      cases: [{ name: 'momentum_2015_2015', spec: BACKTEST, expected: { icir: null } }],
      goldenRef: null,
    },
  })
})

test('a blend, costs and quantiles are read with their own defaults', () => {
  const blend = '{blend: {of: [{name: value}, {name: reversal, parameters: {lookbackDays: 5}}]}}'
  const computation = COMPUTATION.replace('{name: momentum}', blend)
  const text = `${head('Backtest')}spec: {${computation}, costModel: {bpsPerTrade: 7}, quantiles: {}}`
  const tail = { winsorizePct: 0.01, universeFilter: 'all' }
  assert.deepEqual(request(text), {
    kind: 'Backtest',
    ...HEAD,
    backtest: {
      ...BACKTEST,
      alpha: {
        blend: {
          of: [
            { name: 'value', parameters: tail },
            { name: 'reversal', parameters: { lookbackDays: 5, ...tail } },
          ],
          weighting: 'ic',
          lookbackDays: 252,
          minLookbackDays: 60,
          normalize: true,
        },
      },
      costModel: { bpsPerTrade: 7, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1_000_000 },
      quantiles: { count: 5, holdingPeriodDays: 20, skipDays: 1, minObservationsPerDate: 50, minTotalDates: 50 },
    },
  })
})

test('head and run policy are taken from the manifest', () => {
  const text = [
    'apiVersion: hindcast.dev/v1alpha1',
    'kind: Backtest',
    'metadata: {name: b, namespace: quant, annotations: {hindcast.dev/created-by: "Ana Ćurić"}}',
    `spec: {${COMPUTATION}, priority: high, timeoutSeconds: 300, memoryLimit: 0.5Gi, cpu: 2500m, suspend: true}`,
  ].join('\n')
  const { name, namespace, createdBy, run } = request(text) as typeof HEAD
  assert.deepEqual([name, namespace, createdBy], ['b', 'quant', 'Ana Ćurić'])
  assert.deepEqual(run, {
    ...RUN,
    priority: 'high',
    timeoutSeconds: 300,
    memoryLimitBytes: 536_870_912,
    cpu: 2.5,
    suspend: true,
  })
})

test('parameters of a search stand in the order of their names, whatever the manifest says', () => {
  const search = 'search: {parameters: {winsorizePct: [0], skipDays: [5, 1], lookbackDays: [252, 63]}}'
  const text = `${head('WalkForward')}spec: {backtest: {${COMPUTATION.replace('2015-12', '2017-12')}}, ${search}}`
  const { walkForward } = request(text) as { walkForward: { search: { parameters: object } } }
  assert.deepEqual(Object.entries(walkForward.search.parameters), [
    ['lookbackDays', [252, 63]],
    ['skipDays', [5, 1]],
    ['winsorizePct', [0]],
  ])
})

test('a problem tells file, line, column, pointer, value, what is allowed and what may be meant', () => {
  const fields = ['dataset: sp500', 'alpha: {name: momentum}', 'startDate: 2015-01-02', 'endDate: 2015-12-31']
  const spec = [...fields, 'weightMethod:  zscor'].map((field) => `\r\n  ${field}`).join('')
  const text = `${head('Backtest')}spec:${spec}\r\n`
  assert.deepEqual(read(text).problems, [
    {
      code: 'invalid_weight_method',
      message: 'spec.weightMethod must be one of zscore, quantile, rank; found "zscor"',
      file: 'm.yaml',
      line: 9,
      column: 18,
      pointer: '/spec/weightMethod',
      hint: 'did you mean "zscore"?',
    },
  ])
})

test('every problem of every document is found, in the order of the text, and good documents are read', () => {
  const spec = 'dataset: S, alpha: {name: x}, startDate: 1, endDate: 2, cpu: 0, nope: 1'
  const bad = `${head('Backtest', 'Bad')}spec: {${spec}}\n`
  const { requests, problems } = read(`${bad}---\n${GOOD}---\n# nothing\n---\n${bad}`)
  const fields = ['dataset', 'alpha/name', 'startDate', 'endDate', 'cpu', 'nope'].map((field) => `/spec/${field}`)
  const pointers = ['/metadata/name', ...fields]
  assert.deepEqual(
    problems.map((problem) => problem.pointer),
    [...pointers, ...pointers],
  )
  assert.deepEqual(
    requests.map((one) => one.name),
    ['a'],
  )
})

test('a period that is too short is told although another field is wrong, and not where a date cannot be read', () => {
  const spec = (end: string) => `{dataset: a, alpha: {name: x}, startDate: "2015-01-02", endDate: ${end}}`
  const codes = (end: string) => read(`${head('Backtest')}spec: ${spec(end)}\n`).problems.map(({ code }) => code)
  assert.deepEqual(codes('"2015-01-12"'), ['unknown_alpha', 'period_too_short'])
  assert.deepEqual(codes('"2015-02-30"'), ['unknown_alpha', 'invalid_date'])
})

test('two resources of one kind, namespace and name in one text are one too many', () => {
  const { problems } = read(`${GOOD}---\n${GOOD}---\n${GOOD.replace('name: a', 'name: a, namespace: b')}`)
  assert.deepEqual(
    problems.map(({ code, line, pointer }) => ({ code, line, pointer })),
    [{ code: 'name_conflict', line: 8, pointer: '/metadata/name' }],
  )
})

test('train windows that overlap are a warning that names the months, never a problem', () => {
  const backtest = COMPUTATION.replace('2015-12', '2017-12')
  const text = `${head('WalkForward')}spec: {backtest: {${backtest}}, windows: {stepMonths: 3}}`
  const { problems, warnings } = read(text)
  assert.deepEqual(problems, [])
  assert.match(warnings[0]?.message ?? '', /share 9 of 12 months/)
  assert.deepEqual(read(text.replace('stepMonths: 3', 'stepMonths: 12')).warnings, [])
})

test('a cost model of 4096 bytes is small enough, one of 4097 is too large', () => {
  const codes = (length: number): string[] => {
    const spec = `${COMPUTATION}, costModel: {note: ${'x'.repeat(length)}}`
    return read(`${head('Backtest')}spec: {${spec}}`).problems.map((problem) => problem.code)
  }
  const frame = '{"note":""}'.length
  assert.deepEqual(codes(4096 - frame), ['cost_model_invalid'])
  assert.deepEqual(codes(4097 - frame), ['cost_model_too_large', 'cost_model_invalid'])
})

test('tomorrow may be the end, the day after may not', () => {
  assert.deepEqual(read(GOOD.replace('2015-12-31', '2026-11-23')).problems, [])
  const [problem] = read(GOOD.replace('2015-12-31', '2026-11-24')).problems
  assert.equal(problem?.code, 'end_in_future')
  assert.match(problem?.message ?? '', /latest 2026-11-23; found "2026-11-24"/)
})

test('a day that is none as today is a mistake of the caller', () => {
  assert.throws(() => readManifest(GOOD, { file: 'm.yaml', today: 'now' }), RangeError)
})

test('one manifest that must be good is given, or its first problem is thrown', () => {
  assert.equal(readOneManifest(GOOD, OPTIONS).name, 'a')
  assert.throws(
    () => readOneManifest(GOOD.replace('momentum', 'momentun'), OPTIONS),
    (thrown) =>
      thrown instanceof HindcastError &&
      thrown.code === 'unknown_alpha' &&
      thrown.field === '/spec/alpha/name' &&
      /did you mean "momentum"/.test(thrown.message),
  )
  assert.throws(() => readOneManifest(`${GOOD}---\n${GOOD.replace('name: a', 'name: b')}`, OPTIONS), /2 manifests/)
})

test('a wrong alpha hides no mistyped parameter, in a backtest and in a search', () => {
  const alpha = '{name: momentun, parameters: {lookback_days: 5}}'
  const backtest = COMPUTATION.replace('{name: momentum}', alpha)
  const text = `${head('WalkForward')}spec: {backtest: {${backtest}}, search: {parameters: {skip_days: [5]}}}`
  assert.deepEqual(
    read(text).problems.map(({ pointer, hint }) => ({ pointer, hint })),
    [
      { pointer: '/spec/backtest/alpha/name', hint: 'did you mean "momentum"?' },
      { pointer: '/spec/backtest/alpha/parameters/lookback_days', hint: 'did you mean "lookbackDays"?' },
      { pointer: '/spec/search/parameters/skip_days', hint: 'did you mean "skipDays"?' },
    ],
  )
})
