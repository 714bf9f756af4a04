/** A cell: text, or a number (NaN is written as NaN). */
export type CsvCell = string | number

/** What a spreadsheet would run as a formula when a text begins with it. */
const FORMULA = /^[=+\-@\t\r]/

/** RFC 4180 text of a table, head first. A text that a spreadsheet could take for a formula gets an apostrophe. */
export function csvText(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(cellText).join(',')}\r\n`).join('')
}

function cellText(cell: CsvCell): string {
  if (typeof cell === 'number') return String(cell)
  const safe = FORMULA.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
