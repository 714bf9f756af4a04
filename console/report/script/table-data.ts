import { dayNumber } from '../../../core/dates.ts'
import type { CsvCell } from '../../charts/csv.ts'

/** The table of a figure as data; it stands in the page even while it is closed. */
export function tableOf(figure: Element): HTMLTableElement | null {
  return figure.querySelector<HTMLTableElement>('table.numbers')
}

/** Head and rows with every digit, as the CSV has them. */
export function csvRows(table: HTMLTableElement): CsvCell[][] {
  return [...table.rows].map((row, i) =>
    [...row.cells].map((cell) => (i === 0 ? (cell.dataset.id ?? '') : value(cell))),
  )
}

function value(cell: HTMLTableCellElement): CsvCell {
  const { v } = cell.dataset
  return v === undefined ? (cell.textContent ?? '') : Number(v)
}

/** What the cursor reads: the day of each row, and the words of its cells. */
export interface Readings {
  readonly days: readonly number[]
  readonly rows: readonly HTMLTableRowElement[]
  readonly names: readonly string[]
  readonly units: readonly string[]
}

/** The readings of a table by date. */
export function readingsOf(table: HTMLTableElement): Readings {
  const head = [...(table.tHead?.rows[0]?.cells ?? [])].slice(1)
  const rows = [...(table.tBodies[0]?.rows ?? [])]
  return {
    days: rows.map((row) => dayNumber(row.cells[0]?.textContent ?? '')),
    rows,
    names: head.map((cell) => cell.dataset.name ?? ''),
    units: head.map((cell) => cell.dataset.unit ?? ''),
  }
}

/** `gross +1.23%, net +1.02%` of a row. */
export function rowText({ rows, names, units }: Readings, row: number): string {
  const cells = [...(rows[row]?.cells ?? [])].slice(1)
  return cells
    .map((cell, i) => {
      const unit = units[i] === '' || cell.textContent === 'n/a' ? '' : units[i] === '%' ? '%' : ` ${units[i]}`
      return `${names[i]} ${cell.textContent}${unit}`
    })
    .join(', ')
}
