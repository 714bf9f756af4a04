import type { EvidenceCard, Grade } from '../../../core/evidence/card.ts'

const VERDICTS: Readonly<Record<Grade, string>> = { good: 'pass', caution: 'doubt', bad: 'fail' }

/** An evidence card as `-o json` gives it: a value that is no number is null. */
export function evidenceData({ verdict, says, tests }: EvidenceCard) {
  return {
    verdict,
    says,
    tests: tests.map(({ name, title, value, shown, threshold, fails, grade, finding, change }) => ({
      name,
      title,
      value: Number.isNaN(value) ? null : value,
      shown,
      threshold,
      fails: fails === '' ? null : fails,
      verdict: VERDICTS[grade],
      finding,
      change,
    })),
  }
}

export type EvidenceData = ReturnType<typeof evidenceData>
