import { numberText } from '../../core/number-text.ts'
import { breakEvenBp, scalar } from './figures.ts'
import type { ReportModel } from './model.ts'

export type Verdict = 'weak' | 'mixed' | 'strong'
export type Grade = 'good' | 'caution' | 'bad'

export interface Finding {
  readonly grade: Grade
  /** Words before the figure, the figure, words after it. */
  readonly text: readonly [before: string, figure: string, after: string]
}

export interface Evidence {
  readonly verdict: Verdict
  readonly findings: readonly Finding[]
}

/** The bar for a new alpha (Harvey, Liu and Zhu 2016) and the usual reference. */
const T_FOR_NEW = 3
const T_REFERENCE = 2
/** Break-even over what is paid from which on costs are no argument. */
const COST_MARGIN = 2
/** Days below which nothing can be said, and from which a result has seen more than one kind of market. */
const DAYS_TOO_FEW = 60
const DAYS_ENOUGH = 756
const COVERAGE_ENOUGH = 0.8
/** Probability of a true Sharpe ratio above zero from which on it is taken as such (Bailey & Lopez de Prado 2012). */
const PSR_ENOUGH = 0.95
/** At a half the observed ratio is zero. */
const PSR_OF_NOTHING = 0.5

/**
 * How far to believe a backtest, from what one backtest can know of itself. Weak: a test fails. Strong: every test
 * passes. Mixed: none fails, some leave doubt. Tests that need many trials or paths belong to the other kinds.
 */
export function weighEvidence(model: ReportModel): Evidence {
  const findings = [
    ofIc(model),
    ...ofTrackRecord(model),
    ofCosts(model),
    ofDays(model),
    ...ofGaps(model),
    ofCoverage(model),
    ofSurvivors(model),
  ]
  const worst = (grade: Grade) => findings.some((finding) => finding.grade === grade)
  return { verdict: worst('bad') ? 'weak' : worst('caution') ? 'mixed' : 'strong', findings }
}

function ofIc({ metrics }: ReportModel): Finding {
  const t = scalar(metrics, 'ic_t_newey_west')
  const figure = numberText(t, { unit: 'number', digits: 1 })
  if (Number.isNaN(t)) return { grade: 'bad', text: ['HAC t of the IC ', figure, ': too few valid days'] }
  if (t <= -T_REFERENCE) return { grade: 'bad', text: ['HAC t of the IC ', figure, ': it ranks the wrong way round'] }
  if (t < T_REFERENCE)
    return { grade: 'bad', text: ['HAC t of the IC ', figure, ', not told apart from noise; a new alpha needs 3.0'] }
  if (t < T_FOR_NEW) return { grade: 'caution', text: ['HAC t of the IC ', figure, ', a new alpha needs 3.0'] }
  return { grade: 'good', text: ['HAC t of the IC ', figure, ', above the 3.0 a new alpha needs'] }
}

/** Results from before there was a PSR have no such row. */
function ofTrackRecord({ metrics, returns }: ReportModel): Finding[] {
  if (!Object.hasOwn(metrics, 'psr')) return []
  const psr = scalar(metrics, 'psr')
  const figure = numberText(psr, { unit: 'number', digits: 2 })
  const count = (days: number) => numberText(days, { unit: 'count', digits: 0 })
  const row = (grade: Grade, after: string): Finding[] => [{ grade, text: ['probabilistic Sharpe ', figure, after] }]
  if (Number.isNaN(psr)) return row('bad', ': too few returns, or none that vary')
  if (psr <= PSR_OF_NOTHING) return row('bad', ', 0.95 is wanted: more days of such returns would not change it')
  if (psr >= PSR_ENOUGH) return row('good', ', above the 0.95 that is wanted')
  const needed = count(scalar(metrics, 'min_track_record_days'))
  return row(
    'caution',
    `, 0.95 is wanted: ${needed} days of such returns would do, there are ${count(returns.dates.length)}`,
  )
}

function ofCosts(model: ReportModel): Finding {
  const even = breakEvenBp(model)
  const paid = scalar(model.costs?.summary, 'avg_trade_cost_bps')
  const figure = numberText(even, { unit: 'bp', digits: 1 })
  if (Number.isNaN(even)) return { grade: 'bad', text: ['break-even ', figure, ': nothing was traded'] }
  if (even <= 0) return { grade: 'bad', text: ['it loses money ', 'before costs', ''] }
  if (Number.isNaN(paid)) return { grade: 'caution', text: ['breaks even at ', figure, '; no costs were asked for'] }
  const grade = even <= paid ? 'bad' : even < COST_MARGIN * paid ? 'caution' : 'good'
  return { grade, text: ['breaks even at ', figure, `, costs are ${numberText(paid, { unit: 'bp', digits: 1 })}`] }
}

function ofDays({ metrics }: ReportModel): Finding {
  const days = scalar(metrics, 'n_ic_days')
  const figure = numberText(days, { unit: 'count', digits: 0 })
  if (!(days >= DAYS_TOO_FEW)) return { grade: 'bad', text: ['', figure, ' days with an IC: too few to judge'] }
  if (days < DAYS_ENOUGH) return { grade: 'caution', text: ['', figure, ' days: one kind of market, perhaps'] }
  return { grade: 'good', text: ['', figure, ' days with an IC'] }
}

function ofGaps({ metrics, head }: ReportModel): Finding[] {
  const findings: Finding[] = []
  const skipped = scalar(metrics, 'n_ic_days_skipped')
  if (skipped > 0) {
    findings.push({
      grade: 'caution',
      text: ['', numberText(skipped, { unit: 'count', digits: 0 }), ' days without an IC'],
    })
  }
  if (head.stoppedEarly)
    findings.push({ grade: 'caution', text: ['', 'stopped early', ': the data ends before the period'] })
  return findings
}

function ofCoverage({ metrics }: ReportModel): Finding {
  const coverage = scalar(metrics, 'universe_coverage')
  const figure = numberText(coverage, { unit: 'percent', digits: 0 })
  if (Number.isNaN(coverage)) return { grade: 'caution', text: ['share of names with a signal ', 'not known', ''] }
  const grade = coverage >= COVERAGE_ENOUGH ? 'good' : 'caution'
  return { grade, text: ['a signal for ', figure, ' of the names with a price'] }
}

function ofSurvivors({ data }: ReportModel): Finding {
  const delistings = data?.hasDelistings ?? null
  if (delistings === true) return { grade: 'good', text: ['delisted names ', 'included', ''] }
  if (delistings === false) return { grade: 'caution', text: ['', 'survivors only', ': the data has no delistings'] }
  return { grade: 'caution', text: ['delisted names ', 'not known', ''] }
}
