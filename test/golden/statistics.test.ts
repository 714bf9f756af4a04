import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as s from '../../engine/statistics/index.ts'
import { populationSd } from '../../engine/stats.ts'
import type { GoldenJson } from './load.ts'
import { CHECKS, COMPUTED, sample, series } from './statistics-computed.ts'
import { mixed } from './uniform.ts'

/** Checks that are no function of this library, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'multiple.reality_check': 'reality check and SPA come with a later issue',
  'multiple.haircut_sharpe': 'haircuts come with a later issue',
  'cv.cpcv': 'combinatorial purged cross-validation comes with a later issue',
  fama_macbeth: 'Fama-MacBeth comes with a later issue',
  'ops.time_series': 'operators belong to the expression language, a later issue',
  'ops.cross_section': 'operators belong to the expression language, a later issue',
  'crsp.delisting': 'a rule of the import, not a statistic',
  'crsp.price': 'a rule of the import, not a statistic',
  'adjust.split_dividend': 'a rule of the import, not a statistic',
}

/** Checks of random numbers, which have a test of their own below. */
const RANDOM = ['hac.overlap_demo']

test('every check is computed, drawn at random, or left out with a reason, and none is named in vain', () => {
  const known = [...Object.keys(COMPUTED), ...Object.keys(LEFT_OUT), ...RANDOM]
  assert.deepEqual(known.toSorted(), CHECKS.map(({ id }) => id).toSorted())
  assert.equal(CHECKS.length, 67)
})

for (const { id, what, inputs, params, expected, tolerance, source } of CHECKS) {
  const computation = COMPUTED[id]
  if (computation === undefined) continue
  const title = `${id}: ${source === '' ? what.split(/[,;([]/)[0] : source}`
  test(title, () => assert.deepEqual(gaps(computation(inputs, params), expected, Math.min(tolerance, 1e-10)), []))
}

/** Figures as the papers print them, rounded or cut, so that a check computed wrongly twice cannot pass. */
const PRINTED: readonly [title: string, value: number, printed: number, digits: number][] = [
  [
    'Bailey & López de Prado 2012 print PSR 0.913 of 24 months at SR 1.59, skewness -2.448, kurtosis 10.164',
    s.probabilisticSharpe(sample(1.59 / Math.sqrt(12), 24, -2.448, 10.164)),
    0.913,
    3,
  ],
  [
    'Bailey & López de Prado 2012 print PSR 0.982 of the same months if returns were normal',
    s.probabilisticSharpe(sample(1.59 / Math.sqrt(12), 24)),
    0.982,
    3,
  ],
  ...(
    [
      [252, 2.73],
      [52, 2.83],
      [12, 3.24],
    ] as const
  ).map(([perYear, years]): [string, number, number, number] => [
    `Bailey & López de Prado 2012 print ${years} years to tell SR 2 from 1 with ${perYear} returns a year`,
    s.minTrackRecord(sample(2 / Math.sqrt(perYear), 0), 1 / Math.sqrt(perYear)) / perYear,
    years,
    2,
  ]),
  [
    'Bailey & López de Prado 2014 print DSR 0.9004 of the best of 100 trials',
    s.deflatedSharpe(sample(2.5 / Math.sqrt(250), 1250, -3, 10), 100, 0.5 / 250),
    0.9004,
    4,
  ],
  [
    'Bailey & López de Prado 2014 print DSR 0.9505 of the best of 46 trials',
    s.deflatedSharpe(sample(2.5 / Math.sqrt(250), 1250, -3, 10), 46, 0.5 / 250),
    0.9505,
    4,
  ],
  [
    'Bailey, Borwein, López de Prado & Zhu 2014 print 45 trials for 5 years at an expected best SR of 1',
    s.minBacktestLength(45, 1).years,
    5,
    1,
  ],
]
for (const [title, value, printed, digits] of PRINTED) {
  test(title, () => assert.ok(Math.abs(value - printed) < 10 ** -digits, `${value}`))
}

test('hac.overlap_demo: a plain t of overlapping noise rejects in most runs, a HAC t still too often', () => {
  const { expected, tolerance, params } = CHECKS.find(({ id }) => id === 'hac.overlap_demo')!
  const [labels, horizon] = [300, 21]
  const uniform = mixed(7)
  let [plain, hac] = [0, 0]
  for (let run = 0; run < params.runs; run++) {
    const noise = Float64Array.from({ length: labels + horizon - 1 }, () => s.normalQuantile(uniform() || 0.5))
    const sums = Float64Array.from({ length: labels }, (_, t) =>
      noise.subarray(t, t + horizon).reduce((total, value) => total + value, 0),
    )
    if (Math.abs(s.plainT(sums)) > 1.96) plain++
    if (Math.abs(s.hacMean(sums, s.hacLag(labels, horizon)).t) > 1.96) hac++
  }
  assert.ok(Math.abs(plain / params.runs - expected.naiveRejectShare) <= tolerance, `plain ${plain / params.runs}`)
  assert.ok(Math.abs(hac / params.runs - expected.nw20RejectShare) <= tolerance, `HAC ${hac / params.runs}`)
})

test('20,000 stationary paths find the exact error of the mean within 1.5 %', () => {
  const x = series('x_ar1_100')
  const uniform = mixed(11)
  const path = new Int32Array(x.length)
  const means = Float64Array.from({ length: 20_000 }, () => {
    s.fillStationary(path, x.length, 0.2, uniform)
    return path.reduce((total, at) => total + x[at]!, 0) / x.length
  })
  assert.ok(Math.abs(populationSd(means)! / s.stationaryError(x, 0.2) - 1) < 0.015)
})

test('20,000 circular paths find the exact error of the mean within 1.5 %', () => {
  const x = series('x_ar1_100')
  const uniform = mixed(13)
  const path = new Int32Array(x.length)
  const means = Float64Array.from({ length: 20_000 }, () => {
    s.fillCircular(path, x.length, 5, uniform)
    return path.reduce((total, at) => total + x[at]!, 0) / x.length
  })
  assert.ok(Math.abs(populationSd(means)! / s.circularError(x, 5) - 1) < 0.015)
})

test('engine.md 11.3.4: PSR 0.6505970483919894 and, of 10 trials, DSR 0.4284738753828682', () => {
  const own = s.sharpeSample(Float64Array.of(0.01, -0.02, 0.015, 0, 0.01))
  assert.deepEqual(
    gaps(
      [own.sharpe, own.skewness, own.kurtosis, s.probabilisticSharpe(own), s.deflatedSharpe(own, 10, 0.04)],
      [0.21483446221182986, -1.0038803488549695, 2.510355029585799, 0.6505970483919894, 0.4284738753828682],
      1e-10,
    ),
    [],
  )
})

/** Where numbers differ by more than the tolerance, absolute and relative; an expected null asks for nothing. */
function gaps(actual: unknown, expected: GoldenJson, tolerance: number, path = ''): string[] {
  if (expected === null) return []
  if (typeof expected === 'number') {
    const close = typeof actual === 'number' && Math.abs(actual - expected) <= tolerance * Math.abs(expected)
    return close || (expected === 0 && Math.abs(Number(actual)) <= 1e-15) ? [] : [`${path}: ${actual}, not ${expected}`]
  }
  if (typeof expected !== 'object') return actual === expected ? [] : [`${path}: ${actual}, not ${expected}`]
  const found = actual as Record<string, unknown> | undefined
  const extra = Array.isArray(expected) && (found?.length as number) !== expected.length ? [`${path}: length`] : []
  const inside = Object.entries(expected).flatMap(([key, value]) =>
    gaps(found?.[key], value, tolerance, `${path}.${key}`),
  )
  return [...extra, ...inside]
}
