import type { BacktestResult } from '../../engine/result.ts'
import type { Columns } from '../parquet/schemas.ts'

/** One date's rows of `daily_weights`: [from, to). */
interface Rows {
  readonly from: number
  readonly to: number
}

/**
 * Book and turnover by date, from the rows of `daily_weights`: the sums of engine.md 3.8 in the engine's order
 * (ascending permno), hence equal to the engine's to the last bit. A date without a weight row does not exist here.
 */
export function bookOfWeights({ date, permno, weight }: Columns): Pick<BacktestResult, 'book' | 'turnover'> {
  const days = daysOf(date as Int32Array)
  const dates = Int32Array.from(days, ({ from }) => (date as Int32Array)[from] as number)
  const book = {
    dates,
    long: new Int32Array(days.length),
    short: new Int32Array(days.length),
    gross: new Float64Array(days.length),
    net: new Float64Array(days.length),
  }
  const turnover = new Float64Array(days.length)
  const weights = weight as Float64Array
  let before: Rows = { from: 0, to: 0 }
  for (const [k, day] of days.entries()) {
    const held = holdings(weights, day)
    book.long[k] = held.long
    book.short[k] = held.short
    book.gross[k] = held.gross
    book.net[k] = held.net
    turnover[k] = moved(permno as Float64Array, weights, before, day) / 2
    before = day
  }
  return { book, turnover: { dates, values: turnover } }
}

function daysOf(date: Int32Array): Rows[] {
  const days: Rows[] = []
  for (let from = 0; from < date.length; ) {
    let to = from + 1
    while (to < date.length && date[to] === date[from]) to++
    days.push({ from, to })
    from = to
  }
  return days
}

function holdings(
  weights: Float64Array,
  { from, to }: Rows,
): { long: number; short: number; gross: number; net: number } {
  let [long, short, gross, net] = [0, 0, 0, 0]
  for (let row = from; row < to; row++) {
    const held = weights[row] as number
    if (held > 0) long++
    if (held < 0) short++
    gross += Math.abs(held)
    net += held
  }
  return { long, short, gross, net }
}

/** Σ|w − w before| over the names of both dates; a name without a row weighs 0. Both runs ascend by permno. */
function moved(permno: Float64Array, weights: Float64Array, before: Rows, day: Rows): number {
  let sum = 0
  let [old, now] = [before.from, day.from]
  while (old < before.to || now < day.to) {
    const oldName = old < before.to ? (permno[old] as number) : Number.POSITIVE_INFINITY
    const newName = now < day.to ? (permno[now] as number) : Number.POSITIVE_INFINITY
    const left = oldName <= newName ? (weights[old++] as number) : 0
    const right = newName <= oldName ? (weights[now++] as number) : 0
    sum += Math.abs(right - left)
  }
  return sum
}
