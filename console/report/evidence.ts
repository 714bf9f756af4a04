import { weighBacktest } from '../../core/evidence/backtest.ts'
import type { EvidenceCard } from '../../core/evidence/card.ts'
import { weighPaths } from '../../core/evidence/monte-carlo.ts'
import { weighWalk } from '../../core/evidence/walk-forward.ts'
import { breakEvenBp } from './figures.ts'
import type { ReportModel } from './model.ts'
import type { PathReportModel } from './monte-carlo/model.ts'
import type { WalkReportModel } from './walk-forward/model.ts'

/** What the card of a Backtest is made of. */
export type BacktestEvidenceSource = Pick<ReportModel, 'metrics' | 'costs' | 'returns' | 'turnover' | 'ic' | 'data'> & {
  readonly head: Pick<ReportModel['head'], 'stoppedEarly'>
}

/** The evidence card of a Backtest: the one of report, terminal and JSON, as for the other kinds. */
export function backtestEvidence(model: BacktestEvidenceSource): EvidenceCard {
  return weighBacktest({
    metrics: model.metrics,
    costs: model.costs?.summary ?? null,
    breakEvenBp: breakEvenBp(model),
    rankIc: model.ic.rankIc,
    returnDays: model.returns.dates.length,
    stoppedEarly: model.head.stoppedEarly,
    hasDelistings: model.data?.hasDelistings ?? null,
  })
}

/** What the card of a walk is made of. */
export type WalkEvidenceSource = Pick<WalkReportModel, 'computation' | 'metrics' | 'windows' | 'stability' | 'data'>

export function walkEvidence({ computation, metrics, windows, stability, data }: WalkEvidenceSource): EvidenceCard {
  return weighWalk({
    metrics,
    overfittingThreshold: computation.overfittingThreshold,
    searches: windows.flatMap(({ search }) => search ?? []),
    stability,
    hasDelistings: data?.hasDelistings ?? null,
  })
}

/** What the card of a MonteCarlo is made of. */
export type PathEvidenceSource = Pick<PathReportModel, 'computation' | 'metrics' | 'blockLength' | 'sample'>

export function pathEvidence({ computation, metrics, blockLength, sample }: PathEvidenceSource): EvidenceCard {
  const { method, simulations, basis } = computation
  return weighPaths({ metrics, method, simulations, basis, blockLength, days: sample.returns })
}
