/**
 * Time of the parts of the engine that a Backtest may ask for, on a made panel:
 * node bench/engine-parts.ts [names] [dates] [runs]. Defaults: half of L, then L, to see that twice the dates cost
 * twice the time. Prints milliseconds: first, least and median run.
 */
import { blendSource } from '../engine/blend/blend-source.ts'
import { computeCosts } from '../engine/costs/compute-costs.ts'
import { type Panel, PRESENT } from '../engine/panel.ts'
import { analyseQuantiles } from '../engine/quantiles/analyse-quantiles.ts'
import { CELL } from '../engine/result.ts'
import { createSignal, type Signal, signalScratch, sortSignal } from '../engine/signal.ts'

const ALL = PRESENT.row | PRESENT.ret | PRESENT.prc | PRESENT.vol | PRESENT.shrout
const FIRST_DAY = 15_000
const MODEL = { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1e6 }
const QUANTILES = { count: 5, holdingPeriodDays: 20, skipDays: 1, minObservationsPerDate: 50, minTotalDates: 50 }
const PARTS = 2
const WEIGHTINGS = ['ic', 'volParity'] as const

/** A linear congruential generator: the same panel on every machine. */
function noise(): () => number {
  let state = 42
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function makeInput(names: number, dates: number) {
  const next = noise()
  const cells = names * dates
  const column = (make: () => number) => Float64Array.from({ length: cells }, make)
  const days = Int32Array.from({ length: dates }, (_, t) => FIRST_DAY + t)
  const panel: Panel = {
    dates: days,
    permnos: Float64Array.from({ length: names }, (_, i) => 10_001 + i),
    // One row in fifty is missing, so that names leave step with one another.
    present: Uint8Array.from({ length: cells }, () => (next() < 0.02 ? 0 : ALL)),
    ret: column(() => (next() - 0.5) / 20),
    prc: column(() => 20 + next()),
    vol: column(() => 1e5 * next()),
    shrout: column(() => 1000),
    fundamentals: null,
  }
  const table = { values: column(() => (next() - 0.5) / names), state: new Uint8Array(cells).fill(CELL.value) }
  const portfolioReturns = { dates: days, values: Float64Array.from(days, () => (next() - 0.5) / 50) }
  return { panel, dates: days, table, portfolioReturns }
}

type Input = ReturnType<typeof makeInput>

function costs({ panel, dates, table, portfolioReturns }: Input): void {
  computeCosts({ panel, startDay: FIRST_DAY, dates, weights: table, portfolioReturns, model: MODEL })
}

function quantiles({ panel, dates, table }: Input): void {
  analyseQuantiles({ panel, dates, signals: table, spec: QUANTILES })
}

/** Only the blending: its parts read a finished table, sorted. */
function blend({ panel, dates, table }: Input, weighting: (typeof WEIGHTINGS)[number]): void {
  const names = panel.permnos.length
  const scratch = signalScratch(names)
  const part = (shift: number) => ({
    label: `part ${shift}`,
    at(row: number, into: Signal) {
      const from = ((row + shift) % dates.length) * names
      into.values.set(table.values.subarray(from, from + names))
      into.state.set(table.state.subarray(from, from + names))
      sortSignal(into, scratch)
    },
  })
  const spec = { of: [], weighting, lookbackDays: 252, minLookbackDays: 60, normalize: true }
  const source = blendSource(
    Array.from({ length: PARTS }, (_, p) => part(p)),
    spec,
    panel,
  )
  const into = createSignal(names)
  for (let row = 0; row + 1 < dates.length; row++) source.at(row, into)
}

function measure(title: string, run: () => void, runs: number): void {
  const times = Array.from({ length: runs }, () => {
    const from = performance.now()
    run()
    return performance.now() - from
  })
  const sorted = times.toSorted((a, b) => a - b)
  const [first, least, median] = [times[0]!, sorted[0]!, sorted[runs >> 1]!].map((ms) => ms.toFixed(0))
  console.log(`${title}: first ${first} ms, least ${least} ms, median ${median} ms`)
}

const [askedNames, askedDates, askedRuns] = process.argv.slice(2).map(Number)
const names = askedNames ?? 2985
const runs = askedRuns ?? 5
for (const dates of askedDates === undefined ? [1260, 2520] : [askedDates]) {
  const input = makeInput(names, dates)
  const size = `${names} x ${dates}`
  measure(`costs, ${size}`, () => costs(input), runs)
  measure(`quantiles, ${size}`, () => quantiles(input), runs)
  for (const weighting of WEIGHTINGS) {
    measure(`blend of ${PARTS} by ${weighting}, ${size}`, () => blend(input, weighting), runs)
  }
}
