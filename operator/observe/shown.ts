import type { ResourceStatus } from '../../core/status/shape.ts'
import type { Standing } from '../../storage/ledger/operator/port.ts'
import type { OperatorConfig } from '../config.ts'
import type { ShownFacts } from '../reconcile/types.ts'
import type { Shown } from './beats.ts'

/** A percentage that moved less than this is not worth a write (platform.md 2.2). */
const WORTH_PERCENT = 1

interface Asked {
  readonly standing: Standing | null
  readonly status: ResourceStatus | null
  /** What the attempt said last; null: nothing is known. */
  readonly fresh: Shown | null
  readonly now: number
  readonly config: OperatorConfig
}

/** What only the status shows. */
export function shownFacts(asked: Asked): ShownFacts {
  const { standing, config } = asked
  const { attempt, job } = standing ?? {}
  const total = attempt?.unitsTotal ?? null
  const done = job?.status === 'completed' ? total : (standing?.unitsDone ?? 0)
  return {
    progress: progressShown(asked),
    units: total === null ? null : { total, done: Math.min(total, done ?? 0) },
    storeRoot: storeRootOf(config),
    limits: { timeoutSeconds: config.timeoutSeconds, memoryLimitBytes: config.memoryLimitBytes },
  }
}

/** What people know the store by, and its paths begin with. */
export function storeRootOf({ store }: Pick<OperatorConfig, 'store'>): string {
  return store.kind === 'pvc' ? `pvc:${store.claim}` : store.url.replace(/\/+$/, '')
}

/** The newest progress, or what the status shows of it as long as a write would not pay. */
function progressShown({ standing, status, fresh, now, config }: Asked): ShownFacts['progress'] {
  const shown = shownBefore(status, standing)
  if (fresh === null) return shown
  const next = { ...fresh, updatedAt: now }
  if (shown === null) return next
  if (shown.percent > fresh.percent) return shown
  const worth = shown.stage !== fresh.stage || fresh.percent - shown.percent >= WORTH_PERCENT
  return worth && now - shown.updatedAt >= config.clocks.statusMs ? next : shown
}

/** Of the same attempt alone: a further one begins at 0 again. */
function shownBefore(status: ResourceStatus | null, standing: Standing | null): ShownFacts['progress'] {
  const { percent, stage, date, updatedAt, source } = status?.progress ?? {}
  if (status?.attempt !== standing?.attempt?.attempt || percent === undefined || stage === undefined) return null
  return { percent, stage, date: date ?? null, updatedAt: Date.parse(updatedAt ?? '') || 0, source: source ?? 'record' }
}
