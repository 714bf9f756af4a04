import type { QualityNotes } from '../quality.ts'
import { type NumberColumn, numberColumn, placeOf, RAW, type RawTable } from '../read/raw-table.ts'

const SIDES = ['open', 'high', 'low'] as const
const BAR = [...SIDES, 'close'] as const

/** Notes bars with a blank side and bars where low <= open, close <= high does not hold. Changes nothing. */
export function noteBars(raw: RawTable, securityOf: (row: number) => string, notes: QualityNotes): void {
  const [open, high, low] = SIDES.map((name) => numberColumn(raw, name))
  const close = numberColumn(raw, 'close')
  if (open === undefined || high === undefined || low === undefined || close === undefined) return
  const bar = { open, high, low, close }
  for (let row = 0; row < raw.rows; row++) {
    if (close.state[row] !== RAW.value) continue
    if (open.state[row] !== RAW.value || high.state[row] !== RAW.value || low.state[row] !== RAW.value) {
      notes.note('blank_bar', () => ({ ...placeOf(raw, row), security: securityOf(row) }))
    } else if (isImpossible(row, bar)) {
      notes.note('impossible_bar', () => ({
        ...placeOf(raw, row),
        security: securityOf(row),
        detail: [open, high, low, close].map((side, at) => `${BAR[at]} ${side.values[row]}`).join(', '),
      }))
    }
  }
}

function isImpossible(row: number, bar: Readonly<Record<'open' | 'high' | 'low' | 'close', NumberColumn>>): boolean {
  const open = bar.open.values[row]!
  const high = bar.high.values[row]!
  const low = bar.low.values[row]!
  const close = bar.close.values[row]!
  return !(low <= open && low <= close && open <= high && close <= high)
}
