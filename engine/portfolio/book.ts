import type { BookSeries, DenseTable } from '../result.ts'

/** Names held long and short, gross and net exposure of every processed day; zeros where there is no book. */
export function bookSeries(weights: DenseTable, dates: Int32Array): BookSeries {
  const days = dates.length
  const names = days === 0 ? 0 : weights.state.length / days
  const book = {
    dates,
    long: new Int32Array(days),
    short: new Int32Array(days),
    gross: new Float64Array(days),
    net: new Float64Array(days),
  }
  for (let k = 0; k < days; k++) {
    let long = 0
    let short = 0
    let gross = 0
    let net = 0
    for (let cell = k * names; cell < (k + 1) * names; cell++) {
      const weight = weights.values[cell]!
      if (weight > 0) long++
      else if (weight < 0) short++
      gross += Math.abs(weight)
      net += weight
    }
    book.long[k] = long
    book.short[k] = short
    book.gross[k] = gross
    book.net[k] = net
  }
  return book
}
