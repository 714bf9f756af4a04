import type { Action } from '../reconcile/types.ts'
import type { Acted, Hands, Pass } from './context.ts'
import * as record from './record.ts'
import * as workload from './workload.ts'

type Act<Do extends Action['do']> = (hands: Hands, pass: Pass, action: Extract<Action, { do: Do }>) => Promise<Acted>

/** One row for each action: the one place where a decision becomes a write. */
const ACTS: { readonly [Do in Action['do']]: Act<Do> } = {
  remember: record.remember,
  insertRow: record.insertRow,
  handle: record.handle,
  reopen: record.reopen,
  finish: record.finish,
  markGone: record.markGone,
  askCancel: record.askCancel,
  openAttempt: record.openAttempt,
  countJob: record.countJob,
  settle: record.settle,
  retry: record.retry,
  complete: record.complete,
  rerun: record.rerun,
  suspendRow: record.suspendRow,
  createSource: workload.createSource,
  createJob: workload.createJob,
  deleteJob: workload.deleteJob,
  forcePods: workload.forcePods,
  setJobTtl: workload.setJobTtl,
  suspendJob: workload.suspendJob,
  resumeJob: workload.resumeJob,
}

/**
 * Does what was decided: at most one durable write. Rejects where the record or the API server does not answer, and
 * then it may have happened or not: the next pass looks.
 */
export async function act(hands: Hands, pass: Pass, action: Action): Promise<Acted> {
  const done = await (ACTS[action.do] as Act<Action['do']>)(hands, pass, action)
  if (done === 'fenced') hands.metrics.fenced.inc({ write: action.do })
  return done
}
