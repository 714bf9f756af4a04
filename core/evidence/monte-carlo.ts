import {
  cardOf,
  type EvidenceCard,
  type EvidenceTest,
  type Figures,
  figureOf,
  type LOOKS,
  lessIsBetter,
  moreIsBetter,
  text,
} from './card.ts'
import { daysTest } from './data-tests.ts'

/** What is known of a MonteCarlo when its evidence is weighed. */
export interface PathFacts {
  /** Observed values, their _q05, _q50 and _q95, and p-values, by name (core/glossary/monte-carlo.ts). */
  readonly metrics: Figures
  readonly method: 'bootstrap' | 'shuffle' | 'stationary' | 'circular'
  readonly simulations: number
  /** Days; NaN for methods without blocks. */
  readonly blockLength: number
  readonly basis: 'gross' | 'net'
  /** Returns that paths are drawn from. */
  readonly days: number
}

const CHANCE = { pass: 0.05, fail: 0.1 }
/** A drawdown outside these shares of the paths' owes much to the order of its days. */
const USUAL_ORDER = { low: 0.05, high: 0.95 }
/** Times the observed drawdown that one path in twenty may lose before a plan must change. */
const PLANNED_LOSS = 2
/** Paths from which on a 5 % level has fifty beyond it, and below which it has fewer than ten. */
const PATHS = { pass: 1000, fail: 200 }
const HALF = 0.5

/** How far luck could have made a result, and how far the paths can say so. */
export function weighPaths(facts: PathFacts): EvidenceCard {
  return cardOf(sayingOf(facts), [
    chanceTest(facts),
    rangeTest(facts, { metric: 'sharpe', title: 'Sharpe, low end', look: 'two' }),
    rangeTest(facts, { metric: 'mean_ic', title: 'Rank IC, low end', look: 'ic' }),
    orderTest(facts),
    planTest(facts),
    dayShareTest(facts),
    methodTest(facts),
    pathsTest(facts),
    daysTest(facts.days, 'daily returns to draw from'),
    basisTest(facts),
  ])
}

const ordersOnly = ({ method }: PathFacts) => method === 'shuffle'

function sayingOf(facts: PathFacts): string {
  const p = figureOf(facts.metrics, 'p_value')
  if (ordersOnly(facts)) {
    const same = 'they hold the same days in other orders, and only the drawdown depends on those.'
    return `Of skill these paths say nothing: ${same}`
  }
  if (Number.isNaN(p)) return 'Nothing can be said: the returns do not vary.'
  const reach = `of paths whose days earn nothing on average, ${text(p, 'loss')} reach this Sharpe ratio.`
  if (p <= CHANCE.pass) return `This is more than luck: ${reach}`
  return p <= CHANCE.fail ? `This may be luck: ${reach}` : `This is well within luck: ${reach}`
}

function chanceTest(facts: PathFacts): EvidenceTest {
  const p = figureOf(facts.metrics, 'p_value')
  const untested = ordersOnly(facts)
  const grade = untested ? 'caution' : lessIsBetter(p, CHANCE)
  return {
    name: 'p_value',
    title: 'Chance without skill',
    value: p,
    shown: untested ? 'not tested' : text(p, 'loss'),
    threshold: '5% or less',
    fails: 'above 10%',
    grade,
    finding: untested
      ? 'a Sharpe ratio does not depend on the order of days'
      : 'paths without any mean return that reach the Sharpe',
    change: untested ? 'method stationary' : grade === 'good' ? 'lower returns' : 'more days, or higher returns',
  }
}

interface Ranged {
  readonly metric: 'sharpe' | 'mean_ic'
  readonly title: string
  readonly look: keyof typeof LOOKS
}

/** Whether the sign of a figure survives resampling. */
function rangeTest(facts: PathFacts, { metric, title, look }: Ranged): EvidenceTest {
  const at = (column: string) => figureOf(facts.metrics, `${metric}${column}`)
  const [low, middle, high] = [at('_q05'), at('_q50'), at('_q95')]
  const untested = ordersOnly(facts)
  const unknown = Number.isNaN(low)
  return {
    name: `${metric}_range`,
    title,
    value: low,
    shown: untested ? 'not tested' : text(low, look),
    threshold: 'above 0',
    fails: 'the middle path at 0 or below',
    grade: untested || unknown ? 'caution' : low > 0 ? 'good' : middle > 0 ? 'caution' : 'bad',
    finding: untested
      ? 'the same on every path'
      : unknown
        ? 'not asked for, or not known'
        : `nine paths in ten lie between ${text(low, look)} and ${text(high, look)}`,
    change: untested ? 'method stationary' : low > 0 ? 'fewer days, or lower values' : 'more days, or higher values',
  }
}

function orderTest({ metrics }: PathFacts): EvidenceTest {
  const share = figureOf(metrics, 'drawdown_deeper_share')
  const usual = share >= USUAL_ORDER.low && share <= USUAL_ORDER.high
  return {
    name: 'drawdown_order',
    title: 'Paths falling deeper',
    value: share,
    shown: text(share, 'loss'),
    threshold: '5% to 95%',
    fails: '',
    grade: usual ? 'good' : 'caution',
    finding: usual
      ? 'the drawdown is one that such days give'
      : share < USUAL_ORDER.low
        ? 'its bad days came together: worse than such days give'
        : share > USUAL_ORDER.high
          ? 'its bad days were spread out by luck: such days give worse'
          : 'not known',
    change: usual
      ? 'a drawdown that few paths, or nearly all, exceed'
      : 'nothing but other days; it is a fact of the past',
  }
}

function planTest({ metrics }: PathFacts): EvidenceTest {
  const [tail, observed] = [figureOf(metrics, 'max_drawdown_q05'), figureOf(metrics, 'max_drawdown')]
  const bearable = tail >= PLANNED_LOSS * observed
  return {
    name: 'drawdown_to_plan',
    title: 'Loss to plan for',
    value: tail,
    shown: text(tail, 'loss'),
    threshold: `no deeper than ${text(PLANNED_LOSS * observed, 'loss')}`,
    fails: '',
    grade: bearable ? 'good' : 'caution',
    finding: `one path in twenty loses more; the source lost ${text(-observed, 'loss')}`,
    change: bearable ? 'paths that fall twice as deep as the source' : 'a smaller position; the past was kind',
  }
}

function dayShareTest(facts: PathFacts): EvidenceTest {
  const at = (column: string) => figureOf(facts.metrics, `hit_rate${column}`)
  const low = ordersOnly(facts) ? at('') : at('_q05')
  const good = low >= HALF
  return {
    name: 'days_not_lost',
    title: 'Days not lost',
    value: low,
    shown: text(low, 'loss'),
    threshold: '50% or more',
    fails: '',
    grade: good ? 'good' : 'caution',
    finding: `low end over the paths; the source has ${text(at(''), 'loss')}`,
    change: good ? 'more losing days' : 'nothing need, few large gains can carry a book',
  }
}

const METHODS: Readonly<
  Record<PathFacts['method'], { readonly grade: EvidenceTest['grade']; readonly finding: string }>
> = {
  stationary: { grade: 'good', finding: 'blocks of varying length keep runs of good and bad days' },
  circular: { grade: 'good', finding: 'blocks of one length keep runs of good and bad days' },
  bootstrap: { grade: 'caution', finding: 'single days break up runs, so drawdowns come out too small' },
  shuffle: { grade: 'caution', finding: 'the same days in another order: only drawdowns differ' },
}

function methodTest({ method, blockLength }: PathFacts): EvidenceTest {
  const { grade, finding } = METHODS[method]
  return {
    name: 'method',
    title: 'Method',
    value: blockLength,
    shown: Number.isNaN(blockLength) ? method : `${method}, ${text(blockLength, 't')} days`,
    threshold: 'stationary or circular',
    fails: '',
    grade,
    finding,
    change: grade === 'good' ? 'method bootstrap or shuffle' : 'method stationary',
  }
}

function pathsTest({ simulations }: PathFacts): EvidenceTest {
  const grade = moreIsBetter(simulations, PATHS)
  return {
    name: 'paths',
    title: 'Paths',
    value: simulations,
    shown: text(simulations, 'count'),
    threshold: '1000 or more',
    fails: 'below 200',
    grade,
    finding: grade === 'good' ? 'enough for steady 5% and 95% levels' : 'levels of 5% and 95% rest on few paths',
    change: grade === 'good' ? 'fewer paths' : 'simulations: 1000',
  }
}

function basisTest({ basis }: PathFacts): EvidenceTest {
  const net = basis === 'net'
  return {
    name: 'basis',
    title: 'Returns',
    value: Number.NaN,
    shown: basis,
    threshold: 'net',
    fails: '',
    grade: net ? 'good' : 'caution',
    finding: net ? 'costs are paid' : 'before costs',
    change: net ? 'basis gross' : 'basis net, of a source with a costModel',
  }
}
