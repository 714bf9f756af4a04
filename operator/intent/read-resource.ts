import type { IsoDate } from '../../core/dates.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { BacktestRequest, MonteCarloRequest, RegressionRequest, WalkForwardRequest } from '../../core/request.ts'
import { CREATED_BY, readManifest } from '../../crds/index.ts'
import type { KubeObject } from '../../kube/object.ts'

/** A request of a kind that has a job of its own. */
export type JobRequest = BacktestRequest | WalkForwardRequest | MonteCarloRequest

export type Reading =
  | { readonly request: JobRequest | RegressionRequest; readonly warning: string | null }
  | { readonly code: ErrorCode; readonly message: string }

/** So many problems are told; the first is the one whose code stands. */
const MOST_TOLD = 5

/**
 * Reads a resource as the command line reads a manifest: by the one validator. Of its metadata only name, namespace
 * and who asked are looked at. `today`: the checker's date in UTC.
 */
export function readResource(object: KubeObject, today: IsoDate): Reading {
  const { name, namespace, annotations } = object.metadata
  const createdBy = annotations?.[CREATED_BY]
  const manifest = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, namespace, ...(createdBy === undefined ? {} : { annotations: { [CREATED_BY]: createdBy } }) },
    spec: object.spec,
  }
  const { requests, problems, warnings } = readManifest(JSON.stringify(manifest), { file: name, today })
  const [first] = problems
  if (first !== undefined) {
    const told = problems
      .slice(0, MOST_TOLD)
      .map(({ message, hint }) => (hint === undefined ? message : `${message} (${hint})`))
    const more = problems.length > MOST_TOLD ? `; and ${problems.length - MOST_TOLD} more` : ''
    return { code: first.code, message: `${told.join('; ')}${more}` }
  }
  // Not empty: without a problem there is a request.
  return { request: requests[0]!, warning: warnings[0]?.message ?? null }
}
