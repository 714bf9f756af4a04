import { PRESENT } from '../../../engine/panel.ts'
import { emptyDraft, type PriceDraft, trimDraft } from '../import/price-draft.ts'
import { createStream } from './splitmix64.ts'
import { type KnownStatement, makeStatements, type Statements } from './statements.ts'

/** Alphas that a market can be made to reward. */
export const PLANTABLE = ['momentum', 'reversal', 'value', 'quality', 'volatility'] as const
export type Plantable = (typeof PLANTABLE)[number]

/** What a synthetic market is made of; everything follows from it. */
export interface MarketPlan {
  readonly seed: number
  readonly names: number
  /** Trading days, ascending day numbers. */
  readonly days: Int32Array
  /** Alpha -> the correlation of its score with the next day's own return. */
  readonly planted: Readonly<Partial<Record<Plantable, number>>>
}

const FIRST_PERMNO = 10_001
const MARKET_SD = 0.009
/** Trading days that match the calendar windows of the default alphas: 252 back to 21, and 21. */
const MOMENTUM_FROM = 160
const MOMENTUM_TO = 15
const REVERSAL_FROM = 15
const TRAITS = 12
/** Every tenth name moves in steps of half a percent, so that days have ties. */
const COARSE_EVERY = 10
const MIDPOINT_EVERY = 97
const WORST_RETURN = -0.9

interface Traits {
  readonly beta: Float64Array
  readonly sd: Float64Array
  readonly listed: Int32Array
  readonly delisted: Int32Array
  readonly fails: Uint8Array
  /** Day of a two-for-one split; -1: none. */
  readonly split: Int32Array
  readonly price: Float64Array
  readonly shrout: Float64Array
}

/** Prices and statements of a market that rewards what was planted. Prices are sorted by permno and date. */
export function makeMarket(plan: MarketPlan): { readonly prices: PriceDraft; readonly statements: Statements } {
  const { names, days } = plan
  const traits = makeTraits(plan)
  const permnos = Float64Array.from({ length: names }, (_, name) => FIRST_PERMNO + name)
  const cap = traits.price.map((price, name) => price * traits.shrout[name]!)
  const statements = makeStatements({ seed: plan.seed, firstDay: days[0]!, lastDay: days.at(-1)!, permnos, cap })
  const cells = simulate(plan, traits, statements.known)
  return { prices: collectRows(plan, traits, cells), statements }
}

interface Cells {
  readonly ret: Float64Array
  readonly price: Float64Array
  readonly shrout: Float64Array
}

function makeTraits({ seed, names, days }: MarketPlan): Traits {
  const draws = createStream(seed, 0)
  const draw = (name: number, trait: number) => draws.uniform(name * TRAITS + trait)
  const doubles = (of: (name: number) => number) => Float64Array.from({ length: names }, (_, name) => of(name))
  const ints = (of: (name: number) => number) => Int32Array.from({ length: names }, (_, name) => of(name))
  const length = days.length
  return {
    beta: doubles((name) => 0.5 + draw(name, 0)),
    sd: doubles((name) => 0.008 + 0.022 * draw(name, 1)),
    listed: ints((name) => (draw(name, 4) < 0.2 ? Math.floor(draw(name, 5) * 0.6 * length) : 0)),
    delisted: ints((name) => (draw(name, 6) < 0.15 ? Math.floor((0.65 + 0.35 * draw(name, 7)) * length) : length)),
    fails: Uint8Array.from({ length: names }, (_, name) => (draw(name, 8) < 0.5 ? 1 : 0)),
    split: ints((name) => (draw(name, 9) < 0.1 ? Math.floor(draw(name, 10) * length) : -1)),
    price: doubles((name) => rounded(10 + 190 * draw(name, 2), 100)),
    shrout: doubles((name) => Math.floor(5000 + 200_000 * draw(name, 3))),
  }
}

function simulate(plan: MarketPlan, traits: Traits, known: Statements['known']): Cells {
  const { names, days, seed, planted } = plan
  const market = createStream(seed, 1)
  const own = createStream(seed, 2)
  const cells = {
    ret: new Float64Array(names * days.length),
    price: new Float64Array(names * days.length),
    shrout: new Float64Array(names * days.length),
  }
  const price = traits.price.slice()
  const shrout = traits.shrout.slice()
  const scores = createScores(plan, traits, known, { ret: cells.ret, price, shrout })
  const noise = Math.sqrt(1 - PLANTABLE.reduce((sum, alpha) => sum + (planted[alpha] ?? 0) ** 2, 0))
  for (let t = 0; t < days.length; t++) {
    const common = market.normal(t) * MARKET_SD
    const pull = scores(t)
    for (let name = 0; name < names; name++) {
      const at = t * names + name
      const shock = noise * own.normal(at) + pull[name]!
      let ret = traits.beta[name]! * common + traits.sd[name]! * shock
      if (t === traits.delisted[name]! - 1 && traits.fails[name] === 1) ret = (1 + ret) * 0.7 - 1
      ret = Math.max(rounded(ret, name % COARSE_EVERY === 3 ? 200 : 1e6), WORST_RETURN)
      price[name] = Math.max(rounded(price[name]! * (1 + ret), 100), 0.01)
      if (t === traits.split[name]) {
        price[name] = Math.max(rounded(price[name]! / 2, 100), 0.01)
        shrout[name] = shrout[name]! * 2
      }
      cells.ret[at] = ret
      cells.price[at] = price[name]!
      cells.shrout[at] = shrout[name]!
    }
  }
  return cells
}

interface Now {
  readonly ret: Float64Array
  readonly price: Float64Array
  readonly shrout: Float64Array
}

/** For a day, each name's pull: the sum of the planted z-scores that were known the evening before. */
function createScores(
  plan: MarketPlan,
  traits: Traits,
  known: Statements['known'],
  now: Now,
): (t: number) => Float64Array {
  const { names, days, planted } = plan
  const pull = new Float64Array(names)
  const score = new Float64Array(names)
  const momentum = new Float64Array(names)
  const reversal = new Float64Array(names)
  const latest = new Int32Array(names).fill(-1)
  const statement = (name: number): KnownStatement | undefined => known[name]![latest[name]!]
  const rules: Record<Plantable, (name: number) => number> = {
    momentum: (name) => momentum[name]!,
    reversal: (name) => -reversal[name]!,
    value: (name) => (statement(name)?.ceq ?? NaN) / (now.price[name]! * now.shrout[name]!),
    quality: (name) => statement(name)?.returnOnEquity ?? NaN,
    volatility: (name) => -traits.sd[name]!,
  }
  return (t) => {
    pull.fill(0)
    for (let name = 0; name < names; name++) {
      momentum[name]! +=
        returnAt(now.ret, names, t - 1 - MOMENTUM_TO, name) - returnAt(now.ret, names, t - 1 - MOMENTUM_FROM, name)
      reversal[name]! += returnAt(now.ret, names, t - 1, name) - returnAt(now.ret, names, t - 1 - REVERSAL_FROM, name)
      while (t > 0 && (known[name]![latest[name]! + 1]?.from ?? Infinity) <= days[t - 1]!) latest[name]!++
    }
    if (t <= MOMENTUM_FROM) return pull
    for (const alpha of PLANTABLE) {
      const strength = planted[alpha] ?? 0
      if (strength === 0) continue
      for (let name = 0; name < names; name++) {
        const alive = t >= traits.listed[name]! && t < traits.delisted[name]!
        score[name] = alive ? rules[alpha](name) : NaN
      }
      addStandardised(score, strength, pull)
    }
    return pull
  }
}

function returnAt(ret: Float64Array, names: number, t: number, name: number): number {
  return t < 0 ? 0 : ret[t * names + name]!
}

/** Adds strength × z-score to `pull`; a score that is NaN adds nothing. */
function addStandardised(score: Float64Array, strength: number, pull: Float64Array): void {
  let count = 0
  let sum = 0
  for (const value of score) {
    if (Number.isNaN(value)) continue
    count++
    sum += value
  }
  const mean = sum / count
  let squares = 0
  for (const value of score) if (!Number.isNaN(value)) squares += (value - mean) * (value - mean)
  const sd = Math.sqrt(squares / count)
  if (!(sd > 0)) return
  for (let name = 0; name < score.length; name++) {
    if (!Number.isNaN(score[name])) pull[name]! += (strength * (score[name]! - mean)) / sd
  }
}

function collectRows({ seed, names, days }: MarketPlan, traits: Traits, cells: Cells): PriceDraft {
  const flags = createStream(seed, 3)
  const volumes = createStream(seed, 4)
  const draft = emptyDraft(names * days.length)
  for (let name = 0; name < names; name++) {
    for (let t = traits.listed[name]!; t < traits.delisted[name]!; t++) {
      const cell = t * names + name
      const flag = flags.uniform(cell)
      const isLast = t === traits.delisted[name]! - 1
      // A missing row or return on the last day would hide the delisting.
      if (flag < 0.005 && !isLast) continue
      const hasReturn = isLast || flag >= 0.008
      const isMidpoint = cell % MIDPOINT_EVERY === 0
      const at = draft.rows++
      draft.permno[at] = FIRST_PERMNO + name
      draft.date[at] = days[t]!
      draft.ret[at] = hasReturn ? cells.ret[cell]! + 0 : NaN
      draft.prc[at] = isMidpoint ? -cells.price[cell]! : cells.price[cell]!
      const turnover = Math.floor(cells.shrout[cell]! * (1 + 9 * volumes.uniform(cell)) + 0.5)
      draft.vol[at] = isMidpoint ? 0 : turnover
      draft.shrout[at] = cells.shrout[cell]!
      draft.present[at] = PRESENT.row | PRESENT.prc | PRESENT.vol | PRESENT.shrout | (hasReturn ? PRESENT.ret : 0)
      draft.source[at] = -1
    }
  }
  return trimDraft(draft)
}

function rounded(value: number, steps: number): number {
  return Math.floor(value * steps + 0.5) / steps
}
