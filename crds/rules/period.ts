import { formatIsoDate, parseIsoDate } from '../../core/dates.ts'
import type { Facts, Rule } from './rule.ts'

/** A shorter span says nothing about an alpha (platform.md 1.4). */
export const MIN_SPAN_DAYS = 30
export const FIRST_YEAR = 1990
export const LAST_YEAR = 2100

interface Period {
  readonly startDate: string
  readonly endDate: string
}

const span = (self: Period): number => (parseIsoDate(self.endDate) ?? 0) - (parseIsoDate(self.startDate) ?? 0)
const year = (date: string): number => Number(date.slice(0, 4))

/** Start and end of a backtest, both inclusive. */
const SPAN: readonly Rule[] = [
  {
    code: 'end_not_after_start',
    cel: 'self.endDate > self.startDate',
    message: 'must be after startDate',
    at: '/endDate',
    breaks: (self: Period) => span(self) <= 0,
  },
  {
    code: 'period_too_short',
    cel: `self.endDate <= self.startDate || self.endDate - self.startDate >= duration('${MIN_SPAN_DAYS * 24}h')`,
    message: `must be at least ${MIN_SPAN_DAYS} days after startDate`,
    at: '/endDate',
    breaks: (self: Period) => span(self) > 0 && span(self) < MIN_SPAN_DAYS,
  },
  {
    code: 'date_out_of_range',
    cel: `self.startDate.getFullYear() >= ${FIRST_YEAR}`,
    message: `must not be before the year ${FIRST_YEAR}`,
    at: '/startDate',
    breaks: (self: Period) => year(self.startDate) < FIRST_YEAR,
  },
  {
    code: 'date_out_of_range',
    cel: `self.endDate.getFullYear() <= ${LAST_YEAR}`,
    message: `must not be after the year ${LAST_YEAR}`,
    at: '/endDate',
    breaks: (self: Period) => year(self.endDate) > LAST_YEAR,
  },
  {
    code: 'end_in_future',
    cel: null,
    message: 'must not lie in the future',
    at: '/endDate',
    breaks: (self: Period, facts: Facts) => {
      // One day of grace: the author's day may have begun before the checker's.
      const last = facts.today + 1
      if (year(self.endDate) > LAST_YEAR || (parseIsoDate(self.endDate) ?? 0) <= last) return false
      return [{ at: '/endDate', message: `must not lie in the future; latest ${formatIsoDate(last)}` }]
    },
  },
]

/** Asked as soon as the two dates can be read, whatever else is wrong. */
export const PERIOD: readonly Rule[] = SPAN.map((rule) => ({ ...rule, reads: ['/startDate', '/endDate'] }))

interface Source {
  readonly dataset: string
  readonly snapshotId?: string
}

/** A snapshot's id is its dataset's name and eight hex digits. */
export const SNAPSHOT: readonly Rule[] = [
  {
    code: 'snapshot_not_found',
    cel:
      "!has(self.snapshotId) || (self.snapshotId.startsWith(self.dataset + '-') && " +
      'size(self.snapshotId) == size(self.dataset) + 9)',
    message: 'must be a snapshot of this dataset: its name, a dash and 8 hex digits',
    at: '/snapshotId',
    breaks: (self: Source) =>
      self.snapshotId !== undefined &&
      !(self.snapshotId.startsWith(`${self.dataset}-`) && self.snapshotId.length === self.dataset.length + 9),
  },
]
