import { DAYS, type EvidenceTest, moreIsBetter, text } from './card.ts'

/** How many days speak, whatever was measured on them: `what` is such as `days with an IC`. */
export function daysTest(days: number, what: string): EvidenceTest {
  const grade = moreIsBetter(days, DAYS)
  const more = Math.max(0, Math.ceil(DAYS.pass - days))
  return {
    name: 'days',
    title: 'Days',
    value: days,
    shown: text(days, 'count'),
    threshold: `${DAYS.pass} or more`,
    fails: `below ${DAYS.fail}`,
    grade,
    finding:
      grade === 'good' ? what : grade === 'bad' ? `${what}: too few to judge` : `${what}: one kind of market, perhaps`,
    change: grade === 'good' ? 'a shorter period' : `a period longer by ${Number.isNaN(days) ? DAYS.pass : more} days`,
  }
}

/** Whether names that left the market are in the data. Null: not known. */
export function survivorsTest(hasDelistings: boolean | null): EvidenceTest {
  return {
    name: 'survivors',
    title: 'Delisted names',
    value: Number.NaN,
    shown: hasDelistings === null ? 'not known' : hasDelistings ? 'included' : 'missing',
    threshold: 'included',
    fails: '',
    grade: hasDelistings === true ? 'good' : 'caution',
    finding:
      hasDelistings === true
        ? 'names that left the market keep their last return'
        : hasDelistings === false
          ? 'survivors only: the data has no delistings'
          : 'nothing says whether the data has delistings',
    change: hasDelistings === true ? 'data without them' : 'data with delistings (--delistings)',
  }
}
