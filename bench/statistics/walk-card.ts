/**
 * How often the card of a walk is right in words: searches on markets without an alpha and with a planted one. Run with
 * `node bench/statistics/walk-card.ts`: a minute or two. The figures are those of docs/statistics.md and the same on
 * every machine. Exit code 1 when one is outside its bounds.
 */

import { dayNumber, formatIsoDate } from '../../core/dates.ts'
import { weighWalk } from '../../core/evidence/walk-forward.ts'
import type { WalkForward } from '../../core/request.ts'
import { allocateWalk, computeUnitAll, mergeUnits, type Panel, panelFromRows, planWalk } from '../../engine/index.ts'
import { walkForwardMetrics } from '../../storage/out/kinds/walk-forward.ts'
import { normalOf } from './noise.ts'

const NAMES = 60
const DAYS = 640
const START = dayNumber('2015-01-02')
const SHOCK_SD = 0.02
/** Trading days of the past return that a planted market pays against. */
const SCORE_DAYS = 15
const WALKS = 200

/** Words with which the card begins, and what they stand for. */
const SAYINGS = {
  noise: /^This is what noise looks like/,
  'not noise': /^This is not noise/,
  'not settled': /^Not settled/,
  'wrong way': /^What was chosen predicts the wrong way round/,
} as const
type Saying = keyof typeof SAYINGS

/** A market whose names' returns follow the reversal of their last days with this daily IC; 0: nothing to find. */
function marketOf(planted: number, seed: number): Panel {
  const normal = normalOf(seed)
  const noise = Math.sqrt(1 - planted ** 2)
  const returns = new Float64Array(NAMES * DAYS)
  const past = new Float64Array(NAMES)
  for (let t = 0; t < DAYS; t++) {
    const score = zScores(past)
    for (let name = 0; name < NAMES; name++) {
      returns[t * NAMES + name] = SHOCK_SD * (noise * normal() - planted * score[name]!)
      past[name]! += returns[t * NAMES + name]! - (t < SCORE_DAYS ? 0 : returns[(t - SCORE_DAYS) * NAMES + name]!)
    }
  }
  const rows = Array.from({ length: NAMES * DAYS }, (_, row) => row)
  return panelFromRows({
    permno: rows.map((row) => 10_001 + (row % NAMES)),
    date: rows.map((row) => weekday(Math.floor(row / NAMES))),
    ret: returns,
    prc: rows.map(() => 50),
    vol: rows.map(() => 1e5),
    shrout: rows.map(() => 1000),
  })
}

/** Day number of the k-th trading day, Monday to Friday; 2 January 2015 is a Friday. */
function weekday(k: number): number {
  return START + k + 2 * Math.floor((k + 4) / 5)
}

function zScores(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
  return values.map((value) => (sd > 0 ? (value - mean) / sd : 0))
}

/** Eight combinations, one year of train, seven tests of two months. */
const WALK: WalkForward = {
  backtest: {
    dataset: 'market',
    snapshotId: null,
    alpha: { name: 'reversal', parameters: {} },
    startDate: formatIsoDate(START + 60),
    endDate: formatIsoDate(weekday(DAYS - 1)),
    weightMethod: 'zscore',
    decayHorizons: [1],
    costModel: null,
    quantiles: null,
  },
  windows: { trainMonths: 12, testMonths: 2, stepMonths: 2, minTrainDays: 200, purgeDays: 0, embargoDays: 0 },
  search: {
    method: 'grid',
    parameters: { lookbackDays: [10, 15, 21, 30], winsorizePct: [0.01, 0.05] },
    metric: 'mean_ic',
    iterations: 10,
    seed: 42,
    generator: 'counter',
  },
  overfittingThreshold: 2,
}

function sayingOf(panel: Panel): Saying {
  const walk = planWalk(WALK, panel)
  const memory = allocateWalk(walk, panel)
  const result = mergeUnits(
    walk,
    walk.windows.map(({ id: unit }) => computeUnitAll({ walk, panel, memory, unit })),
  )
  const { says } = weighWalk({
    metrics: walkForwardMetrics(result),
    overfittingThreshold: WALK.overfittingThreshold,
    searches: [],
    stability: [],
    hasDelistings: null,
  })
  const found = (Object.keys(SAYINGS) as Saying[]).find((saying) => SAYINGS[saying].test(says))
  if (found === undefined) throw new Error(`a card says something else: ${says}`)
  return found
}

function sharesOf(planted: number, seed: number): Record<Saying, number> {
  const counts = { noise: 0, 'not noise': 0, 'not settled': 0, 'wrong way': 0 }
  for (let k = 0; k < WALKS; k++) counts[sayingOf(marketOf(planted, seed + k))]++
  return Object.fromEntries(Object.entries(counts).map(([saying, n]) => [saying, n / WALKS])) as typeof counts
}

const BOUNDS: readonly [planted: number, seed: number, saying: Saying, within: readonly [number, number]][] = [
  [0, 1000, 'not noise', [0, 0.03]],
  [0.03, 3000, 'noise', [0, 0.1]],
  [0.06, 5000, 'not noise', [0.9, 1]],
]
for (const [planted, seed, saying, within] of BOUNDS) {
  const shares = sharesOf(planted, seed)
  const fails = !(shares[saying] >= within[0] && shares[saying] <= within[1])
  if (fails) process.exitCode = 1
  const words = Object.entries(shares).map(([name, share]) => `${name} ${share.toFixed(3)}`)
  const outside = fails ? `  ${saying} is outside ${within.join(' to ')}` : ''
  console.log(`planted IC ${planted}: ${words.join(', ')}${outside}`)
}
