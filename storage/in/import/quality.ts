import type { IsoDate } from '../../../core/dates.ts'

/**
 * What an import may find without refusing the data, and what it did about it.
 * `warning`: read it before believing a number.
 */
export const QUALITY_REASONS = {
  column_absent: { severity: 'warning', text: 'a column is not in the file; its values are missing everywhere' },
  nan_kept: {
    severity: 'warning',
    text: 'NaN or an infinity is kept as it stands; it can turn a day’s figures to NaN',
  },
  non_finite_nulled: { severity: 'warning', text: 'NaN or an infinity was taken as missing' },
  duplicate_row: { severity: 'warning', text: 'an equal row of the same name and date was dropped' },
  unsorted_date: { severity: 'info', text: 'a row stands after a later date of the same name; rows were sorted' },
  row_without_price: { severity: 'info', text: 'a row holds no close; the name counts as absent on that day' },
  blank_bar: { severity: 'warning', text: 'open, high or low is blank; only the close is used' },
  impossible_bar: { severity: 'warning', text: 'low <= open, close <= high does not hold' },
  stale_run: { severity: 'warning', text: 'the close does not change for 20 rows or more' },
  suspect_reversal: { severity: 'warning', text: 'a return beyond 50 % is undone the next day: often a wrong price' },
  new_life: { severity: 'warning', text: 'a ticker comes back after more than 60 sessions; it got an id of its own' },
  midpoint_price: { severity: 'info', text: 'no trade that day: the price is the midpoint of bid and ask' },
  zero_price: { severity: 'info', text: 'a price of 0 means none (CRSP)' },
  return_code: { severity: 'info', text: 'the return is missing with a code of the vendor (CRSP)' },
  missing_code: { severity: 'info', text: 'volume or shares hold the code of a missing value (CRSP: -99)' },
  delisting_compounded: { severity: 'info', text: 'the delisting return was compounded with the day’s return' },
  delisting_taken: { severity: 'info', text: 'the delisting return stands for the day’s missing return' },
  delisting_row_added: {
    severity: 'info',
    text: 'the name delisted after its last row: the return got a row of its own',
  },
  delisting_default: {
    severity: 'warning',
    text: 'delisting return missing: -30 % (NYSE, AMEX) or -55 % (Nasdaq) (Shumway)',
  },
  delisting_unknown: { severity: 'warning', text: 'delisting return missing, and no rule gives one; none was applied' },
  delisting_already_inside: {
    severity: 'info',
    text: 'the return already holds the delisting return; it was not applied again',
  },
  delisting_after_data: {
    severity: 'info',
    text: 'the delisting lies after the last date of the prices; it was left out',
  },
  delisting_before_data: { severity: 'warning', text: 'rows follow the delisting date; the delisting was left out' },
  delisting_without_prices: { severity: 'info', text: 'a delisting of a name without prices was left out' },
  names_without_prices: { severity: 'info', text: 'a row of the names file has no prices' },
  fundamentals_without_prices: { severity: 'info', text: 'a statement of a name that has no prices; kept' },
} as const satisfies Record<string, { severity: 'warning' | 'info'; text: string }>

export type QualityReason = keyof typeof QUALITY_REASONS

/** One place where a reason was met. */
export interface QualityExample {
  readonly file: string
  readonly row: number
  /** Ticker or permno. */
  readonly security?: string
  readonly date?: IsoDate
  readonly detail?: string
}

export interface QualityFinding {
  readonly reason: QualityReason
  readonly severity: 'warning' | 'info'
  readonly text: string
  readonly count: number
  /** The first ones met. */
  readonly examples: readonly QualityExample[]
}

export interface QualityReport {
  /** Rows read from the price files, and rows in the snapshot. */
  readonly rowsRead: number
  readonly rowsKept: number
  /** By reason, in the order of QUALITY_REASONS; a reason never met is left out. */
  readonly findings: readonly QualityFinding[]
}

const MAX_EXAMPLES = 5

/** Counts reasons and keeps the first examples of each. */
export interface QualityNotes {
  /** `example` is called for the first few only. */
  note(reason: QualityReason, example: () => QualityExample): void
  report(rowsRead: number, rowsKept: number): QualityReport
}

export function createQualityNotes(): QualityNotes {
  const found = new Map<QualityReason, { count: number; examples: QualityExample[] }>()
  return {
    note(reason, example) {
      let entry = found.get(reason)
      if (entry === undefined) {
        entry = { count: 0, examples: [] }
        found.set(reason, entry)
      }
      entry.count++
      if (entry.examples.length < MAX_EXAMPLES) entry.examples.push(example())
    },
    report(rowsRead, rowsKept) {
      const reasons = Object.keys(QUALITY_REASONS) as QualityReason[]
      const findings = reasons.flatMap((reason) => {
        const entry = found.get(reason)
        return entry === undefined ? [] : [{ reason, ...QUALITY_REASONS[reason], ...entry }]
      })
      return { rowsRead, rowsKept, findings }
    },
  }
}
