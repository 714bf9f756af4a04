import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Verdict } from '../../core/evidence/card.ts'
import { goldenModel } from '../../test/browser/golden-model.ts'
import { backtestEvidence } from './evidence.ts'
import type { ReportModel } from './model.ts'

const golden = goldenModel()
const strongMetrics = { ...golden.metrics, ic_t_newey_west: 3.4, n_ic_days: 1258, universe_coverage: 0.97 }
/** Nothing against it; each case changes one fact. */
const strong: ReportModel = { ...golden, metrics: strongMetrics, data: { ...golden.data!, hasDelistings: true } }
const metric = (change: Record<string, number>): Partial<ReportModel> => ({ metrics: { ...strongMetrics, ...change } })
const paying = (bps: number): Partial<ReportModel> => ({
  costs: { summary: { avg_trade_cost_bps: bps }, capacity: {} },
})
const inOrder = (rankIc: number[]): Partial<ReportModel> => ({
  ic: { dates: rankIc.map((_, i) => 16000 + i), ic: rankIc, rankIc },
})

const cases: [title: string, change: Partial<ReportModel>, verdict: Verdict][] = [
  ['evidence is strong when every test passes', {}, 'strong'],
  ['a t between 2 and 3 leaves doubt', metric({ ic_t_newey_west: 2.5 }), 'mixed'],
  ['a t below 2 fails', metric({ ic_t_newey_west: 1.9 }), 'weak'],
  ['a t of exactly 3 passes', metric({ ic_t_newey_west: 3 }), 'strong'],
  ['an alpha that ranks the wrong way round fails, however surely', metric({ ic_t_newey_west: -4 }), 'weak'],
  ['an unknown t fails', metric({ ic_t_newey_west: NaN }), 'weak'],
  ['an IC above zero in both halves passes', inOrder([0.1, -0.05, 0.02, 0.01]), 'strong'],
  ['an IC that one half earned leaves doubt', inOrder([0.1, 0.2, -0.02, 0.01]), 'mixed'],
  ['one day with an IC has no halves', inOrder([0.1]), 'mixed'],
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
  test(title, () =>
    assert.equal(backtestEvidence({ ...strong, ...metric({ psr: 0.97 }), ...withPsr(change) }).verdict, verdict),
  )
}

/** A change of metrics keeps the track record that a strong case has, unless it changes that. */
function withPsr(change: Partial<ReportModel>): Partial<ReportModel> {
  return change.metrics === undefined ? change : { ...change, metrics: { psr: 0.97, ...change.metrics } }
}

test('a track record that is too short says which would do', () => {
  const { tests } = backtestEvidence({ ...strong, ...metric({ psr: 0.81, min_track_record_days: 1240 }) })
  const found = tests.find(({ name }) => name === 'track_record')!
  assert.deepEqual(
    [found.shown, found.grade, found.change],
    ['0.81', 'caution', `1240 days of such returns; there are ${strong.returns.dates.length}`],
  )
})

test('the golden year of momentum is weak: its t is 1.9, and it says how many more days would do', () => {
  const { verdict, says, tests } = backtestEvidence(golden)
  const [ic] = tests
  assert.equal(verdict, 'weak')
  assert.match(says, /^The IC is not told apart from noise\. /)
  assert.deepEqual([ic!.shown, ic!.grade, ic!.change], ['1.9', 'bad', '362 more days of such ICs'])
})
