import { backtestEvidence, pathEvidence, walkEvidence } from '../../../console/report/evidence.ts'
import type { EvidenceCard } from '../../../core/evidence/card.ts'
import type { Job } from '../../../storage/ledger/ledger.ts'
import type { Home } from '../../local/open-home.ts'
import { openJobResult } from '../../local/result-files.ts'
import { readModel } from './backtest-model.ts'
import { type EvidenceData, evidenceData } from './evidence-data.ts'
import { readPathModel } from './path-model.ts'
import type { ModelSource } from './provenance-of.ts'
import { readWalkModel } from './walk-model.ts'

/** The evidence card of a completed job as data; the same one as its summary and its report show. */
export async function readEvidence(home: Home, job: Job): Promise<EvidenceData> {
  const source = { job, name: job.jobId, opened: await openJobResult(home, job), again: '' }
  return evidenceData(await CARDS[job.kind](home, source))
}

const CARDS: Readonly<Record<Job['kind'], (home: Home, source: ModelSource) => Promise<EvidenceCard>>> = {
  backtest: async (home, source) => backtestEvidence(await readModel(home, source)),
  walkforward: async (home, source) => walkEvidence(await readWalkModel(home, source)),
  montecarlo: async (home, source) => pathEvidence(await readPathModel(home, source, { fan: false })),
}
