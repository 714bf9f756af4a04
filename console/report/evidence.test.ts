import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { goldenModel } from '../../test/browser/golden-model.ts'
import { type Verdict, weighEvidence } from './evidence.ts'
import type { ReportModel } from './model.ts'

const golden = goldenModel()
const strongMetrics = { ...golden.metrics, ic_t_newey_west: 3.4, n_ic_days: 1258, universe_coverage: 0.97 }
/** Nothing against it; each case changes one fact. */
const strong: ReportModel = { ...golden, metrics: strongMetrics, data: { ...golden.data!, hasDelistings: true } }
const metric = (change: Record<string, number>): Partial<ReportModel> => ({ metrics: { ...strongMetrics, ...change } })
const paying = (bps: number): Partial<ReportModel> => ({
  costs: { summary: { avg_trade_cost_bps: bps }, capacity: {} },
})

const cases: [title: string, change: Partial<ReportModel>, verdict: Verdict][] = [
  ['evidence is strong when every test passes', {}, 'strong'],
  ['a t between 2 and 3 leaves doubt', metric({ ic_t_newey_west: 2.5 }), 'mixed'],
  ['a t below 2 fails', metric({ ic_t_newey_west: 1.9 }), 'weak'],
  ['a t of exactly 3 passes', metric({ ic_t_newey_west: 3 }), 'strong'],
  ['an alpha that ranks the wrong way round fails, however surely', metric({ ic_t_newey_west: -4 }), 'weak'],
  ['an unknown t fails', metric({ ic_t_newey_west: NaN }), 'weak'],
  ['a probabilistic Sharpe of 0.95 passes', metric({ psr: 0.95 }), 'strong'],
  ['a probabilistic Sharpe below 0.95 leaves doubt', metric({ psr: 0.94, min_track_record_days: 300 }), 'mixed'],
  ['a probabilistic Sharpe of a half fails', metric({ psr: 0.5 }), 'weak'],
  ['a probabilistic Sharpe that is not known fails', metric({ psr: NaN }), 'weak'],
  ['costs above half of the break-even leave doubt', paying(20), 'mixed'],
  ['costs above the break-even fail', paying(30), 'weak'],
  ['no cost model leaves doubt', { costs: null }, 'mixed'],
  ['a loss before costs fails', { returns: { ...golden.returns, gross: [-0.01] } }, 'weak'],
  ['a year of days leaves doubt', metric({ n_ic_days: 252 }), 'mixed'],
  ['two months of days fail', metric({ n_ic_days: 42 }), 'weak'],
  ['a day without an IC leaves doubt', metric({ n_ic_days_skipped: 3 }), 'mixed'],
  ['a run that stopped early leaves doubt', { head: { ...golden.head, stoppedEarly: true } }, 'mixed'],
  ['a signal for few of the names leaves doubt', metric({ universe_coverage: 0.6 }), 'mixed'],
  ['an unknown coverage leaves doubt', metric({ universe_coverage: NaN }), 'mixed'],
  ['data of survivors leaves doubt', { data: { ...golden.data!, hasDelistings: false } }, 'mixed'],
  ['data of which nothing is known leaves doubt', { data: null }, 'mixed'],
]
for (const [title, change, verdict] of cases) {
  test(title, () => assert.equal(weighEvidence({ ...strong, ...change }).verdict, verdict))
}

test('a track record that is too short says which would do', () => {
  const { findings } = weighEvidence({ ...strong, ...metric({ psr: 0.81, min_track_record_days: 1240 }) })
  const days = strong.returns.dates.length
  assert.equal(
    findings[1]!.text.join(''),
    `probabilistic Sharpe 0.81, 0.95 is wanted: 1240 days of such returns would do, there are ${days}`,
  )
})

test('the golden year of momentum is weak: its t is 1.9', () => {
  const { verdict, findings } = weighEvidence(golden)
  assert.equal(verdict, 'weak')
  assert.deepEqual(findings[0]!.text.slice(0, 2), ['HAC t of the IC ', '1.9'])
})
