/**
 * Size and power of the statistics that judge a backtest, on markets without an alpha and with a planted one. Run with
 * `node bench/statistics/power-and-size.ts`: a minute or two. The figures are those of docs/statistics.md and the same
 * on every machine. Exit code 1 when one is outside its bounds.
 */
import { crossSectionIc } from '../../engine/index.ts'
import { backtestOverfitting, hacLag, hacMean, plainT, weighSearch } from '../../engine/statistics/index.ts'
import { bookOf, type Market, marketOf, type SignalRule, signalOf } from './noise.ts'

const ALPHAS = 1000
const ALPHA_DATES = 756
const ALPHA_NAMES = 50
const POWER_ALPHAS = 300
const SEARCHES = 400
const PLANTED_SEARCHES = 200
const TRIALS = 100
const SEARCH_DATES = 504
const SEARCH_NAMES = 30
const PERSISTENCE = 0.9
/** Two-sided 5 %, and what a DSR must exceed. */
const T_AT_5 = 1.959963984540054
const DSR_BAR = 0.95

/** A figure, and the bounds it must keep. */
interface Figure {
  readonly what: string
  readonly value: number
  readonly within: readonly [low: number, high: number]
}

function rankIcs(market: Market, rule: SignalRule): Float64Array {
  const signal = signalOf(market, rule)
  return Float64Array.from({ length: market.dates }, (_, t) => {
    const [from, to] = [t * market.names, (t + 1) * market.names]
    return crossSectionIc(signal.subarray(from, to), market.returns.subarray(from, to)).rankIc
  })
}

/** Share of alphas whose mean IC is told apart from zero. */
function rejections(planted: number, alphas: number, seed: number): { readonly hac: number; readonly plain: number } {
  const market = marketOf(ALPHA_DATES, ALPHA_NAMES, seed)
  let [hac, plain] = [0, 0]
  for (let k = 0; k < alphas; k++) {
    const ic = rankIcs(market, { persistence: PERSISTENCE, planted, seed: seed + 1 + k })
    if (Math.abs(hacMean(ic, hacLag(ic.length, 1)).t) > T_AT_5) hac++
    if (Math.abs(plainT(ic)) > T_AT_5) plain++
  }
  return { hac: hac / alphas, plain: plain / alphas }
}

interface SearchShares {
  /** Searches whose best passes 0.95 by DSR, by DSR of the effective trials, and by PSR as if it were alone. */
  readonly deflated: number
  readonly deflatedEffective: number
  readonly probabilistic: number
  readonly meanPbo: number
}

/** Searches over noise; the first trial of each has an alpha of this IC, if any. */
function searches(planted: number, count: number, seed: number): SearchShares {
  let [deflated, deflatedEffective, probabilistic, pbo] = [0, 0, 0, 0]
  for (let s = 0; s < count; s++) {
    const base = seed + s * (TRIALS + 1)
    const market = marketOf(SEARCH_DATES, SEARCH_NAMES, base)
    const trials = Array.from({ length: TRIALS }, (_, k) =>
      bookOf(
        market,
        signalOf(market, { persistence: PERSISTENCE, planted: k === 0 ? planted : 0, seed: base + 1 + k }),
      ),
    )
    const found = weighSearch(trials)
    if (found.deflated > DSR_BAR) deflated++
    if (found.deflatedEffective > DSR_BAR) deflatedEffective++
    if (found.probabilistic > DSR_BAR) probabilistic++
    pbo += backtestOverfitting(trials, 10).probability
  }
  return {
    deflated: deflated / count,
    deflatedEffective: deflatedEffective / count,
    probabilistic: probabilistic / count,
    meanPbo: pbo / count,
  }
}

function figures(): Figure[] {
  const noise = rejections(0, ALPHAS, 10_000)
  const faint = rejections(0.01, POWER_ALPHAS, 50_000)
  const clear = rejections(0.03, POWER_ALPHAS, 70_000)
  const blind = searches(0, SEARCHES, 100_000)
  const seeing = searches(0.05, PLANTED_SEARCHES, 500_000)
  const any: Figure['within'] = [0, 1]
  const size: Figure['within'] = [0.03, 0.07]
  return [
    { what: `HAC t of ${ALPHAS} noise alphas beyond 1.96`, value: noise.hac, within: size },
    { what: 'plain t of the same beyond 1.96', value: noise.plain, within: any },
    { what: 'HAC t of planted alphas of IC 0.01', value: faint.hac, within: any },
    { what: 'HAC t of planted alphas of IC 0.03', value: clear.hac, within: [0.9, 1] },
    { what: `best of ${TRIALS} noise trials: DSR above 0.95`, value: blind.deflated, within: [0, 0.05] },
    { what: 'the same by effective trials', value: blind.deflatedEffective, within: [0, 0.05] },
    { what: 'the same by PSR, as if it were alone', value: blind.probabilistic, within: any },
    { what: 'mean PBO of the same', value: blind.meanPbo, within: [0.4, 0.6] },
    { what: `one alpha of IC 0.05 among ${TRIALS}: DSR above 0.95`, value: seeing.deflated, within: [0.8, 1] },
    { what: 'the same by effective trials', value: seeing.deflatedEffective, within: any },
    { what: 'mean PBO of the same', value: seeing.meanPbo, within: [0, 0.1] },
  ]
}

for (const { what, value, within } of figures()) {
  const fails = !(value >= within[0] && value <= within[1])
  if (fails) process.exitCode = 1
  console.log(`${value.toFixed(4)}  ${what}${fails ? `  outside ${within.join(' to ')}` : ''}`)
}
