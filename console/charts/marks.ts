import type { Tone } from './frame.ts'
import { isDrawable, PLOT_WIDTH } from './path.ts'

/** A value of the x axis that is named by a vertical line. */
export interface Mark {
  readonly value: number
  /** Words before the value, such as `observed`. */
  readonly text: string
  readonly tone: Tone
  readonly stroke: 'solid' | 'dashed' | 'dotted'
}

/** A mark at its place: plot units along x, and a row from the top in which its label touches no other. */
export interface PlacedMark extends Omit<Mark, 'value'> {
  readonly x: number
  readonly row: number
}

/** Pixels of a row of labels. */
export const MARK_ROW = 14
/** Plot units of a character in a narrow chart, and between two labels. */
const CHARACTER = 23
const GAP = 24

/** Marks in rows, each in the first where its label has room; those that have no place on the axis are left out. */
export function placeMarks(marks: readonly Mark[], x: (value: number) => number): PlacedMark[] {
  const ends: number[] = []
  return marks
    .map(({ value, ...mark }) => ({ ...mark, x: x(value) }))
    .filter((mark) => isDrawable(mark.x) && mark.x >= 0 && mark.x <= PLOT_WIDTH)
    .toSorted((a, b) => a.x - b.x)
    .map((mark) => {
      const width = mark.text.length * CHARACTER
      const left = Math.min(Math.max(0, mark.x - width / 2), PLOT_WIDTH - width)
      const free = ends.findIndex((end) => end + GAP <= left)
      const row = free < 0 ? ends.length : free
      ends[row] = left + width
      return { ...mark, row }
    })
}

/** Pixels that the labels of marks take from the top of a plot. */
export function marksHeight(marks: readonly PlacedMark[]): number {
  return marks.length === 0 ? 0 : (Math.max(...marks.map((mark) => mark.row)) + 1) * MARK_ROW
}
