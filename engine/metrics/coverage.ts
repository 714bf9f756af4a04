/**
 * The reference's coverage: non-null signals over non-null signals of each date with rows, averaged. So 1, or NaN when
 * a date has nulls only, or 0 without rows (engine.md T5). `universeCoverage` is the number to read.
 */
export function coverage(rows: Int32Array, counts: Int32Array): number {
  let dates = 0
  let total = 0
  for (let k = 0; k < rows.length; k++) {
    if (rows[k] === 0) continue
    dates++
    total += counts[k]! / counts[k]!
  }
  return dates === 0 ? 0 : total / dates
}

/** Mean over days of names with a signal over names with a price row; NaN without a day. */
export function universeCoverage(counts: Int32Array, priceRows: Int32Array): number {
  let days = 0
  let total = 0
  for (let k = 0; k < counts.length; k++) {
    if (priceRows[k] === 0) continue
    days++
    total += counts[k]! / priceRows[k]!
  }
  return total / days
}

/** Mean signal rows, nulls included, of the dates that have any; 0 without one. */
export function symbolsPerDate(rows: Int32Array): number {
  let dates = 0
  let total = 0
  for (const n of rows) {
    if (n === 0) continue
    dates++
    total += n
  }
  return dates === 0 ? 0 : total / dates
}
