import { backtestEvidence, pathEvidence, walkEvidence } from '../../../console/report/evidence.ts'
import type { EvidenceCard } from '../../../core/evidence/card.ts'
import type { Job } from '../../../storage/ledger/ledger.ts'
import { readBacktest } from '../../../storage/out/read-result.ts'
import { computationOf } from '../../jobs/computation-of.ts'
import type { Home } from '../../local/open-home.ts'
import { openJobResult } from '../../local/result-files.ts'
import { type EvidenceData, evidenceData } from './evidence-data.ts'
import { readPathModel } from './path-model.ts'
import type { ModelSource } from './provenance-of.ts'
import { readDataPart } from './read-data.ts'
import { readWalkModel } from './walk-model.ts'

/** The evidence card of a completed job as data; the same one as its summary and its report show. */
export async function readEvidence(home: Home, job: Job): Promise<EvidenceData> {
  const source = { job, name: job.jobId, opened: await openJobResult(home, job), again: '' }
  return evidenceData(await CARDS[job.kind](home, source))
}

const CARDS: Readonly<Record<Job['kind'], (home: Home, source: ModelSource) => Promise<EvidenceCard>>> = {
  backtest: readBacktestCard,
  walkforward: async (home, source) => walkEvidence(await readWalkModel(home, source)),
  montecarlo: async (home, source) => pathEvidence(await readPathModel(home, source, { fan: false })),
}

/** Without what only a report shows: holdings, tickers, net returns by day. */
async function readBacktestCard(home: Home, { job, opened }: ModelSource): Promise<EvidenceCard> {
  const [result, data] = await Promise.all([
    readBacktest(opened),
    readDataPart(home.datasetsDir, computationOf(job).snapshotId),
  ])
  const { dates, values: gross } = result.portfolioReturns
  return backtestEvidence({
    metrics: result.metrics,
    costs: result.costs,
    returns: { dates, gross, net: null, drag: null },
    turnover: result.turnover,
    ic: result.dailyIc,
    data,
    head: { stoppedEarly: result.stoppedEarly },
  })
}
