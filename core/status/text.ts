const UTF8 = new TextEncoder()

/**
 * A text as a status may hold it: control characters and lone surrogates are blanks, and it ends, with an ellipsis,
 * where its JSON would take more than `bytes` bytes of UTF-8 (quotes not counted). Never half a character.
 */
export function fitted(text: string, bytes: number): string {
  if (text.length <= bytes && PLAIN.test(text)) return text
  const whole = cut(text, bytes)
  if (whole.complete || bytes < ELLIPSIS_BYTES) return whole.text
  return cut(text, bytes - ELLIPSIS_BYTES).text + ELLIPSIS
}

/** Bytes that a text takes in JSON, without its quotes. */
export function jsonBytes(text: string): number {
  if (PLAIN.test(text)) return text.length
  return UTF8.encode(JSON.stringify(text)).length - 2
}

/** One byte each, in JSON too: nearly all that is ever said. */
const PLAIN = /^[ !#-[\]-~]*$/

const ELLIPSIS = '…'
const ELLIPSIS_BYTES = 3

function cut(text: string, bytes: number): { readonly text: string; readonly complete: boolean } {
  let kept = ''
  let room = bytes
  for (const character of text) {
    const plain = /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(character) ? ' ' : character
    room -= plain === '"' || plain === '\\' ? 2 : UTF8.encode(plain).length
    if (room < 0) return { text: kept, complete: false }
    kept += plain
  }
  return { text: kept, complete: true }
}

/** Six significant digits in at most 14 characters; `NaN` where it could not be computed. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const short = String(Number(value.toPrecision(6)))
  return short.length <= 14 ? short : value.toExponential(5)
}

/** UTC with whole seconds: `2026-11-22T21:11:51Z`. Clocks that went mad are held inside four-digit years. */
export function timeText(ms: number): string {
  const sane = Number.isFinite(ms) ? Math.min(LAST_MS, Math.max(FIRST_MS, ms)) : FIRST_MS
  return `${new Date(sane).toISOString().slice(0, 19)}Z`
}

const FIRST_MS = 0
const LAST_MS = Date.UTC(9999, 11, 31)

/** A whole number from 0 to the largest of a 32-bit column. */
export function whole(value: number): number {
  return Number.isFinite(value) ? Math.min(MOST_INT, Math.max(0, Math.round(value))) : 0
}

const MOST_INT = 2_147_483_647
