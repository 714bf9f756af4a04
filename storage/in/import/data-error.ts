import { HindcastError } from '../../../core/errors.ts'

/** Where a value was read: the file as the user named it, and its row (a CSV's line, the header being row 1). */
export interface Place {
  readonly file: string
  readonly row?: number
  readonly column?: string
}

const MAX_SHOWN = 40

/** `data_invalid` with the place, what was found, and what is allowed. */
export function dataError(place: Place, what: string, cause?: unknown): HindcastError {
  const row = place.row === undefined ? '' : `, row ${place.row}`
  const column = place.column === undefined ? '' : `, column ${place.column}`
  return new HindcastError('data_invalid', `${shownPath(place.file)}${row}${column}: ${what}`, { cause })
}

/** A user's text as one safe piece of a message: quoted, cut, without control characters. */
export function shown(text: string): string {
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
  return JSON.stringify(cut).replace(CONTROL, escapeCode)
}

/** A path for a message: as the user wrote it, control characters escaped. */
export function shownPath(path: string): string {
  return path.replace(CONTROL, escapeCode)
}

const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

function escapeCode(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}
