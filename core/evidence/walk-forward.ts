import { icChange, icFinding } from './backtest.ts'
import {
  cardOf,
  type EvidenceCard,
  type EvidenceTest,
  figureOf,
  HAC_T,
  lessIsBetter,
  moreIsBetter,
  SKILL,
  text,
} from './card.ts'
import { daysTest, survivorsTest } from './data-tests.ts'
import { searchTests } from './search.ts'
import type { WalkFacts } from './walk-facts.ts'

const DEGRADATION = { pass: 0.5, fail: 1 }
const SIGN_FLIPS = { pass: 0.25, fail: 0.5 }
const POSITIVE = { pass: 0.75, fail: 0.5 }
const WINDOWS = { pass: 8, fail: 2 }

/** How far to believe a walk: whether what was chosen on the past held in what followed, and whether by luck. */
export function weighWalk(facts: WalkFacts): EvidenceCard {
  return cardOf(sayingOf(facts), [
    outOfSampleTest(facts),
    ...searchTests(facts),
    degradationTest(facts),
    ratioTest(facts),
    signTest(facts),
    positiveTest(facts),
    windowsTest(facts),
    costTest(facts),
    daysTest(figureOf(facts.metrics, 'n_ic_days'), 'test days with an IC'),
    survivorsTest(facts.hasDelistings),
  ])
}

/** The out-of-sample t of the stitched test days: no choice was made on them. */
function tOf({ metrics }: WalkFacts): number {
  return figureOf(metrics, 'ic_t_newey_west')
}

/**
 * Noise or not, in words. Noise: neither out of sample nor, deflated by the trials, in sample is there more than luck.
 * Not noise: both, or an out-of-sample t that alone meets the bar of a new alpha.
 */
function sayingOf(facts: WalkFacts): string {
  const t = tOf(facts)
  const skill = figureOf(facts.metrics, 'dsr')
  const trials = text(figureOf(facts.metrics, 'n_trials'), 'count')
  const outside = `the rank IC out of sample has a t of ${text(t, 't')}`
  const inside = `deflated probability ${text(skill, 'two')}`
  const beats = skill >= SKILL.pass
  if (Number.isNaN(t)) return 'Nothing can be said: too few test days have an IC.'
  if (t <= -HAC_T.fail) return `What was chosen predicts the wrong way round: ${outside}.`
  if (t < HAC_T.fail && !beats) {
    return (
      `This is what noise looks like: ${outside}, not told apart from zero, and what was chosen is not told apart ` +
      `from the best of ${trials} trials without skill (${inside}).`
    )
  }
  if (t < HAC_T.fail) {
    return (
      `Not settled: in sample the choice is more than luck among ${trials} trials (${inside}), but ${outside}, not ` +
      'told apart from zero.'
    )
  }
  if (beats) {
    return `This is not noise: ${outside}, and what was chosen is more than luck among ${trials} trials (${inside}).`
  }
  if (t >= HAC_T.pass) {
    return `This is not noise: ${outside}, though single train spans are too short to tell skill from luck (${inside}).`
  }
  return `Not settled: ${outside}, but in sample the choice may be luck among ${trials} trials (${inside}).`
}

function outOfSampleTest(facts: WalkFacts): EvidenceTest {
  const t = tOf(facts)
  return {
    name: 'out_of_sample_t',
    title: 'Test HAC t of the IC',
    value: t,
    shown: text(t, 't'),
    threshold: '3.0 or more',
    fails: 'below 2.0',
    grade: moreIsBetter(t, HAC_T),
    finding: `over all test days: ${icFinding(t)}`,
    change: icChange(t, figureOf(facts.metrics, 'n_ic_days')),
  }
}

function degradationTest({ metrics }: WalkFacts): EvidenceTest {
  const lost = figureOf(metrics, 'degradation')
  const grade = lessIsBetter(lost, DEGRADATION)
  const [train, test] = [figureOf(metrics, 'train_ic'), figureOf(metrics, 'test_ic')].map((ic) => text(ic, 'ic'))
  return {
    name: 'degradation',
    title: 'Degradation',
    value: lost,
    shown: text(lost, 'share'),
    threshold: '50% or less',
    fails: 'above 100%',
    grade,
    finding: Number.isNaN(lost) ? 'the train IC is not above zero' : `train IC ${train}, test IC ${test}`,
    change: grade === 'good' ? 'a test IC below half of the train IC' : 'a test IC nearer to the train IC',
  }
}

function ratioTest({ metrics, overfittingThreshold: threshold }: WalkFacts): EvidenceTest {
  const ratio = figureOf(metrics, 'overfitting_ratio')
  const known = !Number.isNaN(ratio)
  return {
    name: 'overfitting_ratio',
    title: 'Overfitting ratio',
    value: ratio,
    shown: known ? text(ratio, 'two') : 'undetermined',
    threshold: `${threshold} or less`,
    fails: `above ${threshold}`,
    grade: known ? (ratio > threshold ? 'bad' : 'good') : 'caution',
    finding: 'train IC over test IC in size, blind to sign',
    change:
      known && ratio <= threshold ? `a ratio above ${threshold}` : 'fewer or coarser trials, or longer train spans',
  }
}

function signTest({ metrics }: WalkFacts): EvidenceTest {
  const share = figureOf(metrics, 'sign_flip_share')
  const flipped = figureOf(metrics, 'train_ic') * figureOf(metrics, 'test_ic') < 0
  const grade = flipped ? 'bad' : lessIsBetter(share, SIGN_FLIPS)
  return {
    name: 'sign_flips',
    title: 'Sign flips',
    value: share,
    shown: text(share, 'share'),
    threshold: '25% or less',
    fails: 'above 50%, or as a whole',
    grade,
    finding: flipped ? 'the mean IC itself changes its sign' : 'windows whose train and test IC differ',
    change: grade === 'good' ? 'more windows that flip' : 'fewer windows that flip',
  }
}

function positiveTest({ metrics }: WalkFacts): EvidenceTest {
  const share = figureOf(metrics, 'positive_windows')
  const grade = moreIsBetter(share, POSITIVE)
  return {
    name: 'positive_windows',
    title: 'Windows above zero',
    value: share,
    shown: text(share, 'share'),
    threshold: '75% or more',
    fails: 'below 50%',
    grade,
    finding: 'by their test IC; half is chance',
    change: grade === 'good' ? 'more windows below zero' : 'more windows above zero',
  }
}

function costChange(sharpe: number, priced: boolean): string {
  if (!(sharpe > 0)) return priced ? 'less turnover, or cheaper trading' : 'test spans that earn before costs'
  return priced ? 'higher costs' : 'a costModel in the manifest'
}

function windowsTest({ metrics }: WalkFacts): EvidenceTest {
  const [all, valid] = [figureOf(metrics, 'windows'), figureOf(metrics, 'valid_windows')]
  const excluded = all - valid
  const enough = moreIsBetter(valid, WINDOWS)
  const grade = enough === 'good' && excluded > 0 ? 'caution' : enough
  return {
    name: 'windows',
    title: 'Test windows',
    value: valid,
    shown: text(valid, 'count'),
    threshold: '8 or more, none excluded',
    fails: 'below 2',
    grade,
    finding: excluded > 0 ? `${text(excluded, 'count')} without a test IC are left out` : 'every window has a test IC',
    change: grade === 'good' ? 'fewer windows' : 'a longer period, or shorter steps',
  }
}

function costTest({ metrics }: WalkFacts): EvidenceTest {
  const [net, gross] = [figureOf(metrics, 'net_sharpe'), figureOf(metrics, 'gross_sharpe')]
  const priced = Object.hasOwn(metrics, 'net_sharpe')
  const value = priced ? net : gross
  return {
    name: 'costs',
    title: priced ? 'Test Sharpe, net' : 'Test Sharpe, gross',
    value,
    shown: text(value, 'two'),
    threshold: 'above zero, net',
    fails: '0 or below',
    grade: value > 0 ? (priced ? 'good' : 'caution') : 'bad',
    finding: priced ? 'of the test spans one after another, costs paid' : 'no costs were asked for',
    change: costChange(value, priced),
  }
}
