import { type EvidenceCard, type EvidenceTest, GRADE_MARKS } from '../../core/evidence/card.ts'
import type { Block, BlockLine } from './blocks.ts'

/** The evidence of a result as a block: the verdict in words, then each test with its bound and what would do. */
export function evidenceBlock({ verdict, says, tests }: EvidenceCard, minds: readonly string[] = []): Block {
  return {
    name: 'evidence',
    lines: [
      { label: 'verdict', value: `${verdict}. ${says}` },
      ...tests.map(testLine),
      ...minds.map((value, at) => ({ label: at === 0 ? 'mind' : '', value })),
    ],
  }
}

function testLine({ grade, title, shown, threshold, change }: EvidenceTest): BlockLine {
  const wanted = `wants ${threshold}`
  return {
    label: `${GRADE_MARKS[grade]} ${title}`,
    value: shown,
    remark: grade === 'good' ? wanted : `${wanted}; would change it: ${change}`,
  }
}
