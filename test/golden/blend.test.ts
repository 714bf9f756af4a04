import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { dayNumber, formatIsoDate } from '../../core/dates.ts'
import type { BlendSpec } from '../../core/request.ts'
import { type Combination, type CombineInput, combineSignals } from '../../engine/index.ts'
import { type BacktestResult, CELL, type DenseTable } from '../../engine/result.ts'
import { differences } from './compare.ts'
import { type GoldenJson, goldenCase, goldenPanel } from './load.ts'
import { runCase } from './run-case.ts'

const golden = goldenCase('COMBINE_A')
const NAMES: string[] = golden.source_cases
const WEIGHTINGS: Record<string, BlendSpec['weighting']> = {
  equal: 'equal',
  ic: 'ic',
  ir: 'ir',
  vol_parity: 'volParity',
}

let tables: Promise<Pick<CombineInput, 'dates' | 'names' | 'parts' | 'returns'>> | undefined

for (const run of golden.runs) {
  const label = `${run.weighting}, ${run.normalize ? 'normalised' : 'raw'}, ${run.rolling ? 'rolling' : 'static'}`

  test(`COMBINE_A ${label}: weights, composite and correlation of the reference`, async () => {
    tables ??= readTables()
    const input = await tables
    const spec = {
      weighting: WEIGHTINGS[run.weighting]!,
      lookbackDays: run.lookback_days,
      minLookbackDays: run.min_lookback_days,
      normalize: run.normalize,
    }
    const found = combineSignals({ ...input, spec, asOf: dayNumber(golden.as_of), rolling: run.rolling })
    const { warnings, ...expected } = run
    const got = await referenceFields(found, run)
    assert.deepEqual(differences(got, expected), [])
    assert.equal(warnings.length, 1, 'the reference warns of what aligning lost, and of nothing else')
    assert.deepEqual(
      found.warnings.filter(({ code }) => code !== 'blend_equal_weights').map(({ code }) => code),
      ['blend_alignment_lost'],
    )
    const lost = /lost ([\d.]+)%/.exec(warnings[0])![1]!
    assert.ok(found.warnings[0]!.message.startsWith(`${lost}% `), found.warnings[0]!.message)
  })
}

/** Signals of the three cases on one grid, and the next-day returns that go with the first. */
async function readTables() {
  const results = new Map<string, BacktestResult>()
  for (const name of NAMES) results.set(name, await runCase(goldenCase(name), 'zscore'))
  const first = results.get(NAMES[0]!)!
  const panel = await goldenPanel(goldenCase(NAMES[0]!).panel, goldenCase(NAMES[0]!).fundamentals)
  const names = panel.permnos.length
  const returns: DenseTable = {
    values: new Float64Array(first.dates.length * names),
    state: new Uint8Array(first.dates.length * names),
  }
  first.dates.forEach((day, k) => {
    const row = (panel.dates.indexOf(day) + 1) * names
    for (let i = 0; i < names; i++) {
      if ((panel.present[row + i]! & 2) === 0) continue
      returns.values[k * names + i] = 1 + panel.ret[row + i]! - 1
      returns.state[k * names + i] = CELL.value
    }
  })
  const parts = NAMES.map((name) => ({ name, signals: results.get(name)!.signals }))
  return { dates: first.dates, names, parts, returns }
}

/** Our combination under the names of the reference; of the weight history the days that the case kept. */
async function referenceFields(found: Combination, run: GoldenJson) {
  const panel = await goldenPanel(goldenCase(NAMES[0]!).panel, goldenCase(NAMES[0]!).fundamentals)
  const names = panel.permnos.length
  const last = found.dates.length - 1
  const here = [...panel.permnos.keys()].filter((i) => found.composite.state[last * names + i] !== CELL.absent)
  const weightsOf = (k: number) => NAMES.map((_, p) => found.weights[k * NAMES.length + p]!)
  const pairs: [number, number][] = run.correlation.signal_i.map((name: string, k: number) => [
    NAMES.indexOf(name),
    NAMES.indexOf(run.correlation.signal_j[k]),
  ])
  const kept = run.weight_history === null ? 0 : run.weight_history.date.length / NAMES.length
  const days = [...found.dates.keys()].slice(-kept)
  return {
    ...run,
    signal_weights: Object.fromEntries(NAMES.map((name, p) => [name, weightsOf(last)[p]])),
    coverage_pct: found.coverage,
    n_rows: found.composite.state.reduce((n, state) => n + Number(state !== CELL.absent), 0),
    date_range: [found.dates[0]!, found.dates[last]!].map(formatIsoDate),
    composite_last: {
      permno: here.map((i) => panel.permnos[i]!),
      signal: here.map((i) => found.composite.values[last * names + i]!),
    },
    correlation: {
      ...run.correlation,
      pearson: pairs.map(([i, j]) => found.correlation.pearson[i]![j]),
      spearman: pairs.map(([i, j]) => found.correlation.spearman[i]![j]),
    },
    condition_number: found.correlation.conditionNumber,
    weight_history:
      run.weight_history === null
        ? null
        : {
            date: days.flatMap((k) => NAMES.map(() => formatIsoDate(found.dates[k]!))),
            signal_name: days.flatMap(() => NAMES),
            weight: days.flatMap(weightsOf),
          },
  }
}
