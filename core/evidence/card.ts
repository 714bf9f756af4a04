import { type NumberStyle, numberText } from '../number-text.ts'

export type Grade = 'good' | 'caution' | 'bad'
export type Verdict = 'weak' | 'mixed' | 'strong'

/** One test of an evidence card. */
export interface EvidenceTest {
  /** snake_case, unique in a card. */
  readonly name: string
  /** Two or three words. */
  readonly title: string
  /** What was measured; NaN where it is not known or is no number. */
  readonly value: number
  /** The same in words. */
  readonly shown: string
  /** What passes, in words, such as `3.0 or more`. */
  readonly threshold: string
  /** What fails; empty where nothing does. */
  readonly fails: string
  readonly grade: Grade
  /** What the value says, a clause without a full stop. */
  readonly finding: string
  /** What would change the grade. */
  readonly change: string
}

/** How far to believe a result: tests, and what they come to. */
export interface EvidenceCard {
  readonly verdict: Verdict
  /** The verdict in one or two sentences. */
  readonly says: string
  readonly tests: readonly EvidenceTest[]
}

export const GRADE_WORDS: Readonly<Record<Grade, string>> = { good: 'passes', caution: 'leaves doubt', bad: 'fails' }
export const GRADE_MARKS: Readonly<Record<Grade, string>> = { good: '✓', caution: '?', bad: '✗' }

/** Scalars of a result by their snake_case names. */
export type Figures = Readonly<Record<string, number | string | null | undefined>>

/** A scalar as a number; NaN for null, for a text and for a name that is not there. */
export function figureOf(figures: Figures | null | undefined, name: string): number {
  const value = figures != null && Object.hasOwn(figures, name) ? figures[name] : null
  return typeof value === 'number' ? value : Number.NaN
}

/** Weak: a test fails. Mixed: none fails, some leave doubt. Strong: every test passes. */
export function cardOf(says: string, tests: readonly EvidenceTest[]): EvidenceCard {
  const some = (grade: Grade) => tests.some((test) => test.grade === grade)
  const verdict = some('bad') ? 'weak' : some('caution') ? 'mixed' : 'strong'
  return { verdict, says: `${says} ${countText(tests)}`, tests }
}

/** `2 of 9 tests fail, 3 leave doubt.` */
function countText(tests: readonly EvidenceTest[]): string {
  const count = (grade: Grade) => tests.filter((test) => test.grade === grade).length
  const [failed, doubtful, all] = [count('bad'), count('caution'), tests.length]
  if (failed === 0 && doubtful === 0) return `All ${all} tests pass.`
  const fail = `${failed === 0 ? 'None' : failed} of ${all} tests ${failed === 1 ? 'fails' : 'fail'}`
  return doubtful === 0 ? `${fail}.` : `${fail}, ${doubtful} ${doubtful === 1 ? 'leaves' : 'leave'} doubt.`
}

/** Bounds of a figure of which more is better; a value between them leaves doubt, NaN fails. */
export interface Bounds {
  readonly pass: number
  readonly fail: number
}

export function moreIsBetter(value: number, { pass, fail }: Bounds): Grade {
  if (value >= pass) return 'good'
  return value >= fail ? 'caution' : 'bad'
}

/** The same for a figure of which less is better. */
export function lessIsBetter(value: number, { pass, fail }: Bounds): Grade {
  if (value <= pass) return 'good'
  return value <= fail ? 'caution' : 'bad'
}

/** Mean of the numbers; NaN without one. */
export function meanOf(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return known.reduce((sum, value) => sum + value, 0) / known.length
}

/** Looks that more than one card writes numbers in. */
export const LOOKS = {
  t: { unit: 'number', digits: 1 },
  ic: { unit: 'number', digits: 4, signed: true },
  two: { unit: 'number', digits: 2 },
  share: { unit: 'percent', digits: 0 },
  loss: { unit: 'percent', digits: 1 },
  bp: { unit: 'bp', digits: 1 },
  count: { unit: 'count', digits: 0 },
} as const satisfies Readonly<Record<string, NumberStyle>>

export function text(value: number, look: keyof typeof LOOKS): string {
  return numberText(value, LOOKS[look])
}

/** Days below which nothing can be said, and from which a result has seen more than one kind of market. */
export const DAYS: Bounds = { pass: 756, fail: 60 }

/** The bar for a new alpha (Harvey, Liu and Zhu 2016), and the usual reference. */
export const HAC_T: Bounds = { pass: 3, fail: 2 }

/** A probability of skill from which on it is taken as such (Bailey & Lopez de Prado 2012, 2014); a half is a coin. */
export const SKILL: Bounds = { pass: 0.95, fail: 0.5 }
