import { type EvidenceTest, figureOf, lessIsBetter, meanOf, moreIsBetter, SKILL, text } from './card.ts'
import { meanSearch, type WalkFacts } from './walk-facts.ts'

const PBO = { pass: 0.2, fail: 0.5 }
const STABLE = 0.5

/** What the trials of a walk's searches say of luck. */
export function searchTests(facts: WalkFacts): EvidenceTest[] {
  return [trialsTest(facts), skillTest(facts), overfittingTest(facts), lowerHalfTest(facts), stabilityTest(facts)]
}

/** N, effective N and the best that so many show without skill, against what was chosen. */
function trialsTest({ searches, metrics }: WalkFacts): EvidenceTest {
  const [chosen, luck] = [meanSearch(searches, 'sharpe'), meanSearch(searches, 'expectedBest')]
  const tried = text(figureOf(metrics, 'n_trials'), 'count')
  const effective = meanSearch(searches, 'effectiveTrials')
  const alike = Number.isNaN(effective) ? '' : `, worth ${text(effective, 't')},`
  const above = chosen > luck
  return {
    name: 'trials',
    title: 'Best of the trials',
    value: chosen,
    shown: `${text(chosen, 'two')} a day`,
    threshold: Number.isNaN(luck) ? 'above the best of noise' : `above ${text(luck, 'two')}`,
    fails: 'at or below it',
    grade: above ? 'good' : 'bad',
    finding: `daily ratio of the score; best of ${tried} trials${alike} without skill: ${text(luck, 'two')}`,
    change: above ? 'more trials' : 'fewer trials, or a stronger signal',
  }
}

function skillTest({ metrics, searches }: WalkFacts): EvidenceTest {
  const skill = figureOf(metrics, 'dsr')
  const grade = skill <= SKILL.fail ? 'bad' : moreIsBetter(skill, SKILL)
  const effective = meanSearch(searches, 'deflatedEffective')
  return {
    name: 'dsr',
    title: 'Deflated Sharpe',
    value: skill,
    shown: text(skill, 'two'),
    threshold: '0.95 or more',
    fails: '0.5 or below',
    grade,
    finding: Number.isNaN(skill)
      ? 'too few days, or scores that do not vary'
      : `after all trials; ${text(effective, 'two')} after the independent ones`,
    change: grade === 'good' ? 'more trials, or shorter train spans' : 'fewer trials, or longer train spans',
  }
}

/** Where the trials all have skill, choosing among them adds nothing: a high probability then is no fault of theirs. */
function overfittingTest({ metrics }: WalkFacts): EvidenceTest {
  const pbo = figureOf(metrics, 'pbo')
  const alone = figureOf(metrics, 'n_trials') === 1
  const skilled = figureOf(metrics, 'dsr') >= SKILL.pass
  const byBounds = pbo >= PBO.fail ? 'bad' : lessIsBetter(pbo, PBO)
  const grade = alone ? 'good' : byBounds === 'bad' && (skilled || Number.isNaN(pbo)) ? 'caution' : byBounds
  const equals = skilled && pbo >= PBO.fail
  return {
    name: 'pbo',
    title: 'Chance of overfitting',
    value: pbo,
    shown: alone && Number.isNaN(pbo) ? 'no choice' : text(pbo, 'share'),
    threshold: '20% or less',
    fails: '50% or more without skill',
    grade,
    finding: alone
      ? 'one trial: nothing was chosen'
      : equals
        ? 'the trials are equally good, so choosing among them adds nothing'
        : 'best of one half is no better than the middle of the other',
    change: grade === 'good' ? 'trials that differ by luck alone' : 'fewer trials that differ by luck alone',
  }
}

function lowerHalfTest({ metrics }: WalkFacts): EvidenceTest {
  const share = figureOf(metrics, 'below_median_share')
  const alone = Number.isNaN(share)
  const good = alone || share < 0.5
  return {
    name: 'choice_rank',
    title: 'Choices in lower half',
    value: share,
    shown: alone ? 'no choice' : text(share, 'share'),
    threshold: 'below 50%',
    fails: '',
    grade: good ? 'good' : 'caution',
    finding: alone ? 'one trial: nothing was chosen' : 'windows whose choice ranked there afterwards',
    change: good ? 'more choices that end in the lower half' : 'choices that stay in the upper half',
  }
}

function stabilityTest({ stability }: WalkFacts): EvidenceTest {
  const share = meanOf(stability.map(({ usualShare }) => usualShare))
  const none = stability.length === 0
  const stable = none || share >= STABLE
  const usual = stability.map((use) => `${use.name} ${use.usual} in ${text(use.usualShare, 'share')}`).join(', ')
  return {
    name: 'stability',
    title: 'Stable parameters',
    value: share,
    shown: none ? 'none searched' : text(share, 'share'),
    threshold: '50% or more',
    fails: '',
    grade: stable ? 'good' : 'caution',
    finding: none ? 'nothing was searched' : usual,
    change: stable ? 'choices that jump from window to window' : 'coarser steps, or fewer parameters',
  }
}
