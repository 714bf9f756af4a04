import { calendarOf } from '../calendar.ts'
import { checkCells } from '../panel/dense.ts'
import { canonicalNaN } from '../snapshot/content-hash.ts'
import {
  FUNDAMENTAL_VALUES,
  type FundamentalTable,
  PRICE_VALUES,
  type PriceTable,
  type SecurityTable,
  type SnapshotTables,
} from '../tables.ts'

/**
 * The last step before a snapshot: one bit pattern for NaN, in place, and no more cells than a panel can have.
 * Throws `data_invalid` when there are more.
 */
export function finishTables(
  prices: PriceTable,
  fundamentals: FundamentalTable | null,
  securities: SecurityTable,
): SnapshotTables {
  const { rows, permno, date, ret, prc, vol, shrout, present } = prices
  checkCells(calendarOf(date).days.length, new Set([...securities.permno, ...(fundamentals?.permno ?? [])]).size)
  for (const name of PRICE_VALUES) canonicalNaN(prices[name])
  if (fundamentals !== null) for (const name of FUNDAMENTAL_VALUES) canonicalNaN(fundamentals[name])
  return { prices: { rows, permno, date, ret, prc, vol, shrout, present }, fundamentals, securities }
}
