import { ERRORS, HindcastError } from '../../core/errors.ts'
import { type Catalog, type Plan, planBacktest, planWalkForward } from '../../core/plan.ts'
import type { BacktestRequest, MonteCarloRequest, WalkForwardRequest } from '../../core/request.ts'
import type { Context } from '../context.ts'
import { type EndedRun, emptyRecord } from './record.ts'
import { isPlannable, type RunRequest, templateOf } from './request.ts'
import { tellFailure } from './tell.ts'

/** A request with its plan, or with the record of why there is none; a MonteCarlo waits for its source to complete. */
export type Planned = { readonly request: RunRequest } & (
  | { readonly plan: Plan }
  | { readonly failed: EndedRun }
  | { readonly later: MonteCarloRequest }
)

/** Pins the snapshots. What cannot be planned is told and becomes a record; nothing is written. */
export async function planAll(
  context: Context,
  datasetsDir: string,
  requests: readonly RunRequest[],
): Promise<Planned[]> {
  const { listDatasets, readCatalog } = await import('../../storage/in/catalog.ts')
  const catalog = await readCatalog(datasetsDir)
  const planned: Planned[] = []
  for (const request of requests) {
    if (!isPlannable(request)) {
      planned.push({ request, later: request })
      continue
    }
    try {
      planned.push({ request, plan: planOf(request, catalog) })
    } catch (thrown) {
      const listing = (await listDatasets(datasetsDir)).find(({ dataset }) => dataset === templateOf(request).dataset)
      const told = withDamage(thrown, listing?.damaged ?? [])
      planned.push({ request, failed: tellFailure(context, { thrown: told, record: emptyRecord(request) }) })
    }
  }
  return planned
}

function planOf(request: BacktestRequest | WalkForwardRequest, catalog: Catalog): Plan {
  return request.kind === 'Backtest' ? planBacktest(request, catalog) : planWalkForward(request, catalog)
}

/** A snapshot that cannot be found may lie there damaged: then that is the news. */
function withDamage(thrown: unknown, damaged: readonly string[]): unknown {
  if (!(thrown instanceof HindcastError) || damaged.length === 0) return thrown
  const repair = `; damaged: ${damaged.join(', ')}, which importing the same data again repairs`
  return new HindcastError(thrown.code, `${thrown.message}${repair}`, { cause: thrown, ...fieldOf(thrown) })
}

function fieldOf({ field }: HindcastError): { field?: string } {
  return field === undefined ? {} : { field }
}

/** The record of a request that an interruption came before. */
export function notStarted({ request, plan }: { request: RunRequest; plan: Plan | null }): EndedRun {
  const error = { class: 'interrupted', message: 'it was not started' }
  const known = plan === null ? {} : { jobId: plan.jobId, snapshotId: plan.backtest.snapshotId }
  const record = { ...emptyRecord(request), ...known, status: 'pending', error }
  return { record, exitCode: ERRORS.interrupted.cli }
}
