import { errorOf, extraConditions, finished, mainConditions, overlaid } from './status/conditions.ts'
import type { Moment, Phase, ResourceStatus, ResultShown, StatusFacts } from './status/shape.ts'
import { figure, fitted, timeText, whole } from './status/text.ts'

/** Names a kind's status shows, in the words of the record (design.md 2). */
export const STATUS_METRICS: Readonly<Record<ResultShown['kind'], readonly string[]>> = {
  Backtest: [
    'mean_ic',
    'icir',
    'hit_rate',
    'coverage',
    'long_short_spread',
    'average_turnover',
    'decay_half_life',
    'net_sharpe',
  ],
  WalkForward: ['test_ic', 'test_icir', 'overfitting_ratio', 'is_overfit', 'windows', 'dsr', 'pbo'],
  MonteCarlo: ['sharpe', 'sharpe_q05', 'sharpe_q50', 'sharpe_q95', 'p_value', 'max_drawdown_q05'],
}

/** Longest texts of a status (crds/v1alpha1/status.ts). */
const LONGEST = { id: 63, jobId: 32, path: 160, stage: 24, date: 10, version: 80, role: 20 } as const
const MOST_ROLES = 4
/** Not a table: what the liquidity figures of costs came from, which stands in the record. */
const OF_COSTS = 'cost_data_'
const MIB = 1024 * 1024

/**
 * The whole status of a resource, from facts alone: the phase, every condition of design.md 2 and what people look for,
 * at most 8 KiB whatever the facts say. The same facts give the same status; a field without a value is absent.
 */
export function statusOf(facts: StatusFacts): ResourceStatus {
  const { moment, before } = facts
  if (moment.is === 'kept') return keptStatus(facts, before)
  const { error, spent } = errorOf(errorShown(facts))
  const statements = [...mainConditions(moment, facts.attempt !== null), ...extraConditions(facts.extra)]
  return present({
    phase: PHASES[moment.is],
    observedGeneration: facts.generation,
    conditions: finished(facts, statements, spent),
    handledRequest: facts.handledRequest === null ? undefined : fitted(facts.handledRequest, LONGEST.id),
    ...jobFields(facts),
    ...attemptFields(facts),
    ...resultFields(facts),
    error,
  })
}

/** What stood stays: only what is said beside it may change, and the generation it speaks of. */
function keptStatus(facts: StatusFacts, before: ResourceStatus | null): ResourceStatus {
  if (before?.phase === undefined) {
    const { reason, message } = facts.extra.unrecorded ?? { reason: 'Unknown', message: 'the record is not known yet' }
    return statusOf({ ...facts, moment: { is: 'waiting', admitted: false, reason, message } })
  }
  const spent = errorOf(errorBefore(before)).spent
  return present({
    ...before,
    observedGeneration: facts.generation,
    handledRequest: facts.handledRequest === null ? before.handledRequest : fitted(facts.handledRequest, LONGEST.id),
    conditions: finished(facts, overlaid(before, extraConditions(facts.extra)), spent),
  })
}

function errorBefore({ error }: ResourceStatus): { class: string; message: string } | null {
  return error === undefined ? null : { class: error.class ?? '', message: error.message ?? '' }
}

function errorShown({ moment, job }: StatusFacts): { readonly class: string; readonly message: string } | null {
  if (moment.is === 'failed') return moment
  if (moment.is === 'cancelled') return { class: 'cancelled', message: moment.message }
  return moment.is === 'completed' ? null : (job?.error ?? null)
}

const PHASES: Readonly<Record<Exclude<Moment['is'], 'kept'>, Phase>> = {
  waiting: 'Pending',
  suspended: 'Pending',
  running: 'Running',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

function jobFields({ job, moment, result }: StatusFacts): Partial<ResourceStatus> {
  if (job === null) return {}
  const snapshotId = result?.snapshotId ?? job.snapshotId
  return {
    jobId: fitted(job.jobId, LONGEST.jobId),
    retries: whole(job.retries),
    ...(moment.is === 'waiting' && job.nextAttemptAt !== null ? { nextAttemptAt: timeText(job.nextAttemptAt) } : {}),
    ...(snapshotId === null ? {} : { snapshotId: fitted(snapshotId, LONGEST.id) }),
  }
}

function attemptFields({ attempt, moment }: StatusFacts): Partial<ResourceStatus> {
  if (attempt === null) return {}
  const { limits, units, progress, startedAt } = attempt
  // Nothing of an attempt runs while the next one waits: its bar would stand still for no reason.
  const shown = moment.is === 'waiting' && !moment.admitted ? null : progress
  return {
    attempt: whole(attempt.attempt),
    ...(attempt.jobName === null ? {} : { jobName: fitted(attempt.jobName, LONGEST.id) }),
    ...(limits === null ? {} : { limits: limitsText(limits) }),
    ...(units === null ? {} : { units: { total: whole(units.total), done: whole(units.done) } }),
    ...(shown === null ? {} : { progress: progressText(shown) }),
    ...(startedAt === null ? {} : { startTime: timeText(startedAt) }),
  }
}

function limitsText(limits: {
  readonly timeoutSeconds: number
  readonly memoryLimitBytes: number
  readonly cpu: number
}): ResourceStatus['limits'] {
  const mebibytes = limits.memoryLimitBytes / MIB
  return {
    timeoutSeconds: whole(limits.timeoutSeconds),
    memoryLimit: Number.isInteger(mebibytes) ? `${mebibytes}Mi` : limits.memoryLimitBytes.toFixed(0),
    cpu: Number.isInteger(limits.cpu) ? String(limits.cpu) : `${whole(limits.cpu * 1000)}m`,
  }
}

function progressText({
  percent,
  stage,
  date,
  updatedAt,
  source,
}: NonNullable<NonNullable<StatusFacts['attempt']>['progress']>): ResourceStatus['progress'] {
  return {
    percent: Math.min(100, whole(percent)),
    stage: fitted(stage, LONGEST.stage),
    ...(date === null ? {} : { date: fitted(date, LONGEST.date) }),
    updatedAt: timeText(updatedAt),
    source,
  }
}

function resultFields({ result, lastResult, moment }: StatusFacts): Partial<ResourceStatus> {
  const ended = moment.is === 'completed' || moment.is === 'failed' || moment.is === 'cancelled'
  return {
    ...(ended && result?.completedAt != null ? { completionTime: timeText(result.completedAt) } : {}),
    ...(moment.is === 'completed' && result !== null ? ofResult(result) : {}),
    ...(lastResult === null
      ? {}
      : {
          lastResult: {
            attempt: whole(lastResult.attempt),
            ...(lastResult.completedAt === null ? {} : { completionTime: timeText(lastResult.completedAt) }),
            resultPath: fitted(lastResult.path, LONGEST.path),
          },
        }),
  }
}

function ofResult({ kind, path, datasetVersionIds, metrics }: ResultShown): Partial<ResourceStatus> {
  const known = STATUS_METRICS[kind].flatMap((name) => {
    const value = metrics !== null && Object.hasOwn(metrics, name) ? metrics[name] : null
    return typeof value === 'number' ? [[name, figure(value)] as const] : []
  })
  const versions = Object.entries(datasetVersionIds ?? {})
    .filter(([role]) => !role.startsWith(OF_COSTS))
    .slice(0, MOST_ROLES)
  return {
    ...(path === null ? {} : { resultPath: fitted(path, LONGEST.path) }),
    ...(metrics === null ? {} : { metrics: Object.fromEntries(known) }),
    ...(datasetVersionIds === null
      ? {}
      : {
          datasetVersionIds: Object.fromEntries(
            versions.map(([role, version]) => [fitted(role, LONGEST.role), fitted(version, LONGEST.version)]),
          ),
        }),
  }
}

/** Without the fields that have no value, so that equal statuses are equal as JSON. */
function present(status: ResourceStatus): ResourceStatus {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as ResourceStatus
}
