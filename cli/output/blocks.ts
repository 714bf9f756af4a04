import type { Style } from '../terminal.ts'
import { width } from './table.ts'

/** A part of a summary: its name at the left of its first line, then label, value and a quiet remark in columns. */
export interface Block {
  readonly name: string
  readonly lines: readonly BlockLine[]
}

export interface BlockLine {
  readonly label: string
  readonly value: string
  readonly remark?: string
}

const GAP = '  '
/** A value wider than this does not push the remarks of its block to the right. */
const WIDEST_VALUE = 12
/** A line wider than this goes on under the beginning of its value or remark, which keeps at least this much room. */
const WIDEST_LINE = 108
const LEAST_ROOM = 40

/** Blocks under each other with a blank line between; aligned, without rules. A block without lines is left out. */
export function renderBlocks(blocks: readonly Block[], style: Style): string {
  const shown = blocks.filter((block) => block.lines.length > 0)
  const nameWidth = Math.max(...shown.map((block) => width(block.name)))
  const labelWidth = Math.max(...shown.flatMap((block) => block.lines.map((line) => width(line.label))))
  return shown.map((block) => renderBlock(block, { nameWidth, labelWidth, style })).join('\n')
}

function renderBlock(block: Block, look: { nameWidth: number; labelWidth: number; style: Style }): string {
  const { nameWidth, labelWidth, style } = look
  const withRemark = block.lines.filter((line) => line.remark !== undefined)
  const valueWidth = Math.min(WIDEST_VALUE, Math.max(0, ...withRemark.map((line) => width(line.value))))
  const room = WIDEST_LINE - nameWidth - labelWidth - 2 * GAP.length
  const widest = {
    value: Math.max(LEAST_ROOM, room),
    remark: Math.max(LEAST_ROOM, room - valueWidth - GAP.length),
  }
  const lines = block.lines.flatMap((line) => broken(line, widest))
  const rows = lines.map((line, index) => {
    const name = pad(index === 0 ? block.name : '', nameWidth)
    const remark = line.remark === undefined ? '' : GAP + style('quiet', line.remark)
    const value = line.remark === undefined ? line.value : pad(line.value, valueWidth)
    const label = style('quiet', pad(line.label, labelWidth))
    return `${style('heading', name)}${GAP}${label}${GAP}${value}${remark}`.trimEnd()
  })
  return `${rows.join('\n')}\n`
}

/** A line cut at the spaces of its remark, else of its value, into lines that are not too long. */
function broken(line: BlockLine, widest: { readonly value: number; readonly remark: number }): BlockLine[] {
  if (line.remark === undefined) {
    return rowsOf(line.value, widest.value).map((value, at) => ({ label: at === 0 ? line.label : '', value }))
  }
  return rowsOf(line.remark, widest.remark).map((remark, at) =>
    at === 0 ? { ...line, remark } : { label: '', value: '', remark },
  )
}

function rowsOf(text: string, widest: number): string[] {
  if (width(text) <= widest) return [text]
  const rows: string[] = ['']
  for (const word of text.split(' ')) {
    const longer = rows.at(-1) === '' ? word : `${rows.at(-1)} ${word}`
    if (rows.at(-1) === '' || width(longer) <= widest) rows[rows.length - 1] = longer
    else rows.push(word)
  }
  return rows
}

function pad(text: string, to: number): string {
  return text + ' '.repeat(Math.max(0, to - width(text)))
}
