import { type ErrorCode, HindcastError } from '../../core/errors.ts'
import type { Outcome } from '../../core/outcome.ts'
import {
  exitCodeOf,
  type NumberOrNull,
  type Termination,
  type TerminationOutcome,
  type TerminationResult,
} from '../../core/process/termination.ts'
import type { Completion } from '../../storage/ledger/ledger.ts'
import type { RunnerConfig } from '../config.ts'
import { isAway } from './patience.ts'
import type { Unwritten } from './patient-ledger.ts'

/** How a pod's attempt ended: the process exits with the one and leaves the other behind. */
export interface Ending {
  readonly exitCode: number
  readonly termination: Termination
}

/** What is known when an attempt has ended. */
export interface EndFacts {
  readonly config: Pick<RunnerConfig, 'jobId' | 'attempt' | 'index' | 'podUid'>
  readonly percent: number
  readonly peakMemoryBytes: number | null
  /** The pod was told to end. */
  readonly terminated: boolean
  /** An end that was decided and could not be written. */
  readonly unwritten: Unwritten | null
  /** The newest completion that was handed to the record. */
  readonly completion: Completion | null
}

interface Told {
  readonly outcome: TerminationOutcome
  readonly code: ErrorCode | null
  readonly message: string
  readonly completion: Completion | null
}

/** The ending of an attempt that gave an outcome. */
export function endingOf(outcome: Outcome, facts: EndFacts): Ending {
  switch (outcome.outcome) {
    case 'completed':
      return told({ outcome: 'completed', code: null, message: '', completion: facts.completion }, facts)
    case 'failed':
      return told({ outcome: 'failed', code: outcome.code, message: outcome.message, completion: null }, facts)
    case 'cancelled':
      return told({ outcome: 'cancelled', code: null, message: outcome.message, completion: null }, facts)
    case 'delivered':
      return told({ outcome: 'delivered', code: null, message: 'another pod merges', completion: null }, facts)
    case 'interrupted':
      return told({ outcome: 'interrupted', code: null, message: 'the pod was told to end', completion: null }, facts)
    case 'fenced':
      return told({ outcome: 'fenced', code: null, message: 'another writer decided first', completion: null }, facts)
  }
}

/** The ending of an attempt that threw: what it had decided, if it had, else what was thrown. */
export function endingOfError(thrown: unknown, facts: EndFacts): Ending {
  const { unwritten, terminated } = facts
  // At the end of the grace whatever is under way counts as lost.
  if (unwritten !== null && (isAway(thrown) || terminated)) {
    if (unwritten.what === 'completed') {
      const { completion } = unwritten
      const code = 'database_unavailable'
      return told({ outcome: 'completed', code, message: firstLine(thrown), completion }, facts)
    }
    const { errorClass, message } = unwritten.failure
    if (unwritten.what === 'cancelled') {
      return told({ outcome: 'cancelled', code: null, message, completion: null }, facts)
    }
    return told({ outcome: 'failed', code: errorClass as ErrorCode, message, completion: null }, facts)
  }
  if (terminated) return endingOf({ outcome: 'interrupted' }, facts)
  const code = thrown instanceof HindcastError ? thrown.code : 'engine_error'
  return told({ outcome: 'failed', code, message: firstLine(thrown), completion: null }, facts)
}

function firstLine(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0] ?? ''
}

function told({ outcome, code, message, completion }: Told, facts: EndFacts): Ending {
  const { jobId, attempt, index, podUid } = facts.config
  const recorded = facts.unwritten === null
  return {
    exitCode: exitCodeOf(outcome, code, recorded),
    termination: {
      v: 1,
      jobId,
      attempt,
      index,
      podUid,
      outcome,
      class: code,
      message,
      pct: outcome === 'completed' ? 100 : facts.percent,
      result: completion === null ? null : resultOf(completion),
      peakMemory: facts.peakMemoryBytes,
    },
  }
}

function resultOf(completion: Completion): TerminationResult {
  return {
    resultPath: completion.resultPath,
    manifestSha256: completion.manifestSha256,
    contentSha256: completion.contentSha256,
    engineRevision: completion.engineRevision,
    engineVersion: completion.engineVersion,
    snapshotId: completion.snapshotId,
    datasetVersionIds: completion.datasetVersionIds,
    metrics: defined(completion.metrics),
    costSummary: completion.costSummary === null ? null : defined(completion.costSummary),
    artifactBytes: completion.artifactBytes,
  }
}

/** What is not defined is left out; a null that is left means NaN, as in the record (ADR 0053). */
function defined(numbers: Readonly<Record<string, NumberOrNull>>): Readonly<Record<string, NumberOrNull>> {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== null))
}
