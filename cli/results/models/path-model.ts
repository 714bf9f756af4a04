import {
  PATH_METRICS,
  type PathFan,
  type PathReportModel,
  type PathSource,
} from '../../../console/report/monte-carlo/model.ts'
import { HindcastError } from '../../../core/errors.ts'
import { MINUS } from '../../../core/number-text.ts'
import type { PinnedMonteCarlo } from '../../../core/plan.ts'
import { pathFan } from '../../../engine/monte-carlo/fan.ts'
import { planMonteCarlo } from '../../../engine/monte-carlo/run.ts'
import type { Job } from '../../../storage/ledger/ledger.ts'
import { metricsOf } from '../../../storage/out/documents/parse-summary.ts'
import { readMonteCarlo } from '../../../storage/out/kinds/read-monte-carlo.ts'
import {
  type OpenedResult,
  readDailyIc,
  readDistributions,
  readPortfolioReturns,
} from '../../../storage/out/read-result.ts'
import { computationOf, monteCarloOf } from '../../jobs/computation-of.ts'
import type { Home } from '../../local/open-home.ts'
import { openJobResult } from '../../local/result-files.ts'
import { type ModelSource, provenanceOf, resultHead } from './provenance-of.ts'

/**
 * The model behind report, summary and card of a MonteCarlo, read from its files. With `fan` the paths' wealth is drawn
 * again from the files of the source.
 */
export async function readPathModel(
  home: Home,
  source: ModelSource,
  { fan }: { fan: boolean },
): Promise<PathReportModel> {
  const { job, opened } = source
  const computation = monteCarloOf(job)
  const origin = await home.ledger.findJob(computation.source.jobId)
  const [paths, distributions] = await Promise.all([readMonteCarlo(opened), readPaths(opened)])
  return {
    head: resultHead(source),
    computation,
    source: sourceOf(job, computation, origin),
    metrics: metricsOf(opened.summary),
    blockLength: paths.config.block_length ?? Number.NaN,
    sample: { returns: paths.sample.returns, ics: paths.sample.ics, drawnTogether: paths.sample.drawn_together },
    distributions,
    fan: fan && origin !== null ? await readFan(home, computation, origin) : null,
    notes: paths.notes.map(readable),
    warnings: paths.warnings.map(readable),
    provenance: provenanceOf(source),
  }
}

function sourceOf(job: Job, { source }: PinnedMonteCarlo, origin: Job | null): PathSource {
  const backtest = origin === null ? null : computationOf(origin)
  return { jobId: source.jobId, backtest, snapshotId: job.snapshotId ?? backtest?.snapshotId ?? 'not known' }
}

async function readPaths(opened: OpenedResult): Promise<PathReportModel['distributions']> {
  const columns = await readDistributions(opened)
  const named = PATH_METRICS.map((metric) => [metric, columns[metric] as Float64Array] as const)
  return Object.fromEntries(named) as unknown as PathReportModel['distributions']
}

/** Null where the source's files are gone, or are not those that the paths were drawn from. */
async function readFan(home: Home, computation: PinnedMonteCarlo, origin: Job): Promise<PathFan | null> {
  try {
    const opened = await openJobResult(home, origin)
    if (opened.manifest.contentSha256 !== computation.source.contentSha256) return null
    const [returns, ic] = await Promise.all([readPortfolioReturns(opened, computation.basis), readDailyIc(opened)])
    return returns === null ? null : pathFan(planMonteCarlo(computation, { returns, ic }))
  } catch (thrown) {
    if (thrown instanceof HindcastError) return null
    throw thrown
  }
}

/** A sentence of the engine with the minus and the percent sign of every other number that people read. */
function readable<T extends { readonly message: string }>(said: T): T {
  return { ...said, message: said.message.replace(/-(?=\d)/g, MINUS).replace(/(?<=\d) %/g, '%') }
}
