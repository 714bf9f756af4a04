import {
  cardOf,
  type EvidenceCard,
  type EvidenceTest,
  type Figures,
  figureOf,
  HAC_T,
  meanOf,
  moreIsBetter,
  SKILL,
  text,
} from './card.ts'
import { daysTest, survivorsTest } from './data-tests.ts'

/** What is known of one Backtest when its evidence is weighed. */
export interface BacktestFacts {
  readonly metrics: Figures
  /** Null: no cost model. */
  readonly costs: Figures | null
  /** Cost per unit traded that would take the whole gross return; NaN without a trade. */
  readonly breakEvenBp: number
  /** By date; NaN on a day without one. */
  readonly rankIc: ArrayLike<number>
  readonly returnDays: number
  /** The data ended before the period did. */
  readonly stoppedEarly: boolean
  /** Null: not known. */
  readonly hasDelistings: boolean | null
}

/** Break-even over what is paid from which on costs are no argument. */
const COST_MARGIN = 2
const COVERAGE_ENOUGH = 0.8
const DAYS_PER_YEAR = 252

/** How far to believe a backtest, from what one backtest can know of itself: not how many were tried before it. */
export function weighBacktest(facts: BacktestFacts): EvidenceCard {
  return cardOf(sayingOf(figureOf(facts.metrics, 'ic_t_newey_west')), [
    icTest(facts),
    halvesTest(facts),
    trackRecordTest(facts),
    costTest(facts),
    daysTest(figureOf(facts.metrics, 'n_ic_days'), 'days with an IC'),
    gapsTest(facts),
    periodTest(facts),
    coverageTest(facts),
    survivorsTest(facts.hasDelistings),
  ])
}

function sayingOf(t: number): string {
  if (Number.isNaN(t)) return 'Nothing can be said of the IC: too few days have one.'
  if (t <= -HAC_T.fail) return 'The signal ranks the wrong way round.'
  if (t < HAC_T.fail) return 'The IC is not told apart from noise.'
  if (t < HAC_T.pass) return 'The IC is told apart from zero, but less surely than that of a new alpha should be.'
  return 'The IC is told apart from zero. How many alphas were tried before this one, it cannot know.'
}

function icTest({ metrics }: BacktestFacts): EvidenceTest {
  const t = figureOf(metrics, 'ic_t_newey_west')
  const grade = moreIsBetter(t, HAC_T)
  return {
    name: 'ic_t',
    title: 'HAC t of the IC',
    value: t,
    shown: text(t, 't'),
    threshold: '3.0 or more',
    fails: 'below 2.0',
    grade,
    finding: icFinding(t),
    change: icChange(t, figureOf(metrics, 'n_ic_days')),
  }
}

/** What a HAC t of a mean IC says. */
export function icFinding(t: number): string {
  if (Number.isNaN(t)) return 'too few valid days'
  if (t <= -HAC_T.fail) return 'it ranks the wrong way round'
  if (t < HAC_T.fail) return 'not told apart from noise'
  return t < HAC_T.pass ? 'above noise, short of what a new alpha needs' : 'what a new alpha needs'
}

/** A t grows with the root of the days: how many more such days would bring it to the bar. */
export function icChange(t: number, days: number): string {
  if (t >= HAC_T.pass) return 'a t below 3.0'
  if (!(t > 0) || !(days > 0)) return 'a signal with the opposite sign, or another one'
  const more = Math.ceil(days * ((HAC_T.pass / t) ** 2 - 1))
  const years = more / DAYS_PER_YEAR
  return years > 50 ? 'another signal; no history is long enough' : `${text(more, 'count')} more days of such ICs`
}

function halvesTest({ rankIc }: BacktestFacts): EvidenceTest {
  const ics = Array.from(rankIc).filter(Number.isFinite)
  const middle = ics.length >> 1
  const halves = [meanOf(ics.slice(0, middle)), meanOf(ics.slice(middle))]
  const lower = Math.min(...halves)
  const shown = halves.map((half) => text(half, 'ic')).join(', ')
  return {
    name: 'halves',
    title: 'IC of both halves',
    value: lower,
    shown: Number.isNaN(lower) ? 'n/a' : shown,
    threshold: 'above zero in both',
    fails: '',
    grade: lower > 0 ? 'good' : 'caution',
    finding: Number.isNaN(lower)
      ? 'too few valid days'
      : lower > 0
        ? 'it worked before and after the middle of the period'
        : 'it did not work in both halves of the period',
    change: lower > 0 ? 'a half with an IC of zero or below' : 'an IC above zero in both halves',
  }
}

function trackRecordTest({ metrics, returnDays }: BacktestFacts): EvidenceTest {
  const psr = figureOf(metrics, 'psr')
  const needed = figureOf(metrics, 'min_track_record_days')
  const grade = psr <= SKILL.fail ? 'bad' : moreIsBetter(psr, SKILL)
  return {
    name: 'track_record',
    title: 'Probabilistic Sharpe',
    value: psr,
    shown: text(psr, 'two'),
    threshold: '0.95 or more',
    fails: '0.5 or below',
    grade,
    finding: Number.isNaN(psr) ? 'too few returns, or none that vary' : 'how likely the true ratio is above zero',
    change:
      grade === 'good'
        ? 'a probability below 0.95'
        : Number.isNaN(needed)
          ? 'higher returns; more days of such ones would not'
          : `${text(needed, 'count')} days of such returns; there are ${text(returnDays, 'count')}`,
  }
}

function costTest({ breakEvenBp, costs }: BacktestFacts): EvidenceTest {
  const paid = figureOf(costs, 'avg_trade_cost_bps')
  const losing = breakEvenBp <= 0
  const grade = Number.isNaN(breakEvenBp) || losing ? 'bad' : costGrade(breakEvenBp, paid)
  return {
    name: 'costs',
    title: 'Break-even cost',
    value: breakEvenBp,
    shown: losing ? 'below zero' : text(breakEvenBp, 'bp'),
    threshold: Number.isNaN(paid) ? 'twice what is paid' : `${text(COST_MARGIN * paid, 'bp')}, twice what is paid`,
    fails: Number.isNaN(paid) ? 'what is paid, or less' : `${text(paid, 'bp')} or below`,
    grade,
    finding: Number.isNaN(breakEvenBp)
      ? 'nothing was traded'
      : losing
        ? 'it loses money before costs'
        : Number.isNaN(paid)
          ? 'no costs were asked for'
          : `costs are ${text(paid, 'bp')}`,
    change:
      grade === 'good'
        ? `costs above ${text(breakEvenBp / COST_MARGIN, 'bp')}`
        : losing || Number.isNaN(breakEvenBp)
          ? 'a book that earns before costs'
          : Number.isNaN(paid)
            ? 'a costModel in the manifest'
            : 'less turnover, or cheaper trading',
  }
}

function costGrade(even: number, paid: number): EvidenceTest['grade'] {
  if (Number.isNaN(paid)) return 'caution'
  if (even <= paid) return 'bad'
  return even < COST_MARGIN * paid ? 'caution' : 'good'
}

function gapsTest({ metrics }: BacktestFacts): EvidenceTest {
  const skipped = figureOf(metrics, 'n_ic_days_skipped')
  const none = !(skipped > 0)
  return {
    name: 'gaps',
    title: 'Days without an IC',
    value: skipped,
    shown: text(none ? 0 : skipped, 'count'),
    threshold: 'none',
    fails: '',
    grade: none ? 'good' : 'caution',
    finding: none ? 'every day has an IC' : 'fewer than 20 pairs, or no spread, on those days',
    change: none ? 'days with too few names' : 'more names, or a later start',
  }
}

function periodTest({ stoppedEarly }: BacktestFacts): EvidenceTest {
  return {
    name: 'period',
    title: 'Whole period',
    value: Number.NaN,
    shown: stoppedEarly ? 'stopped early' : 'yes',
    threshold: 'yes',
    fails: '',
    grade: stoppedEarly ? 'caution' : 'good',
    finding: stoppedEarly ? 'the data ends before the period' : 'the data reaches to its end',
    change: stoppedEarly ? 'newer data, or an earlier endDate' : 'data that ends before the period',
  }
}

function coverageTest({ metrics }: BacktestFacts): EvidenceTest {
  const coverage = figureOf(metrics, 'universe_coverage')
  const enough = coverage >= COVERAGE_ENOUGH
  return {
    name: 'coverage',
    title: 'Names with a signal',
    value: coverage,
    shown: Number.isNaN(coverage) ? 'not known' : text(coverage, 'share'),
    threshold: '80% or more',
    fails: '',
    grade: enough ? 'good' : 'caution',
    finding: 'of the names with a price',
    change: enough ? 'a signal for fewer names' : 'data or parameters that give more names a signal',
  }
}
