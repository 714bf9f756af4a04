import type { Look, Style } from '../terminal.ts'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  /** Numbers stand right. */
  readonly right?: boolean
  readonly look?: (row: Row) => Look | null
}

const GAP = '  '

/** An aligned table without rules or boxes; no trailing space, one line feed a row. */
export function renderTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], style: Style): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)))
  const widths = columns.map((column, at) => Math.max(width(column.title), ...cells.map((row) => width(row[at] ?? ''))))
  const line = (texts: readonly string[], look: (at: number) => Look | null) =>
    texts
      .map((text, at) => {
        const space = ' '.repeat(Math.max(0, (widths[at] ?? 0) - width(text)))
        const chosen = look(at)
        const shown = chosen === null || text === '' ? text : style(chosen, text)
        return columns[at]?.right === true ? space + shown : at === texts.length - 1 ? shown : shown + space
      })
      .join(GAP)
      .trimEnd()
  const head = line(
    columns.map((column) => column.title),
    () => 'quiet',
  )
  const body = rows.map((row, index) => line(cells[index] ?? [], (at) => columns[at]?.look?.(row) ?? null))
  return `${[head, ...body].join('\n')}\n`
}

/** Columns a text takes: accents that join the letter before them take none. */
export function width(text: string): number {
  return [...text.replace(/\p{M}/gu, '')].length
}
