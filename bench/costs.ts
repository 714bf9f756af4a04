/**
 * Time of `computeCosts` on a made panel: node bench/costs.ts [names] [dates] [runs]. Defaults: half of L, then L, to
 * see that twice the dates cost twice the time. Prints milliseconds, least and median.
 */
import { computeCosts } from '../engine/costs/compute-costs.ts'
import { type Panel, PRESENT } from '../engine/panel.ts'
import { CELL } from '../engine/result.ts'

const ALL = PRESENT.row | PRESENT.ret | PRESENT.prc | PRESENT.vol | PRESENT.shrout
const FIRST_DAY = 15_000
const MODEL = { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1e6 }

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
  const weights = { values: column(() => (next() - 0.5) / names), state: new Uint8Array(cells).fill(CELL.value) }
  const portfolioReturns = { dates: days, values: Float64Array.from(days, () => (next() - 0.5) / 50) }
  return { panel, startDay: FIRST_DAY, dates: days, weights, portfolioReturns, model: MODEL }
}

function measure(names: number, dates: number, runs: number): void {
  const input = makeInput(names, dates)
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const from = performance.now()
    computeCosts(input)
    times.push(performance.now() - from)
  }
  const [first] = times
  times.sort((a, b) => a - b)
  const shown = [first!, times[0]!, times[runs >> 1]!].map((ms) => ms.toFixed(0))
  console.log(`${names} names x ${dates} dates: first ${shown[0]} ms, least ${shown[1]} ms, median ${shown[2]} ms`)
}

const [names, dates, runs] = process.argv.slice(2).map(Number)
measure(names ?? 2985, dates ?? 1260, runs ?? 5)
if (dates === undefined) measure(names ?? 2985, 2520, runs ?? 5)
