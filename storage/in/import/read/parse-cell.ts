import { dayNumber } from '../../../../core/dates.ts'
import { NO_DATE } from '../../../../engine/panel.ts'

/** Up to this many digits a mantissa is exact in a double, and one division rounds once: the result is the nearest. */
const EXACT_DIGITS = 15
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, n) => 10 ** n)
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,5})?$/

/** Dates outside are typing errors (year 9999, year 12): daily prices begin in 1925. */
export const FIRST_DAY = dayNumber('1900-01-01')
export const LAST_DAY = dayNumber('2199-12-31')

const ZERO = 48
const MINUS = 45
const PLUS = 43
const POINT = 46

/**
 * The double nearest to the decimal number in bytes [start, end), as JavaScript reads it; -0 becomes 0.
 * NaN when the bytes are anything else (blank, a word, `1,5`); ±Infinity when the number is too large for a double.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  const sign = bytes[at]
  if (sign === MINUS || sign === PLUS) at++
  let mantissa = 0
  let digits = 0
  let decimals = -1
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit
      digits++
      if (decimals >= 0) decimals++
    } else if (digit === POINT - ZERO && decimals < 0) decimals = 0
    else return parseLongDecimal(bytes, start, end)
  }
  if (digits === 0) return NaN
  if (digits > EXACT_DIGITS) return parseLongDecimal(bytes, start, end)
  const value = decimals > 0 ? mantissa / POWERS[decimals]! : mantissa
  return sign === MINUS && value !== 0 ? -value : value
}

/** The same for a text. */
export function decimalOf(text: string): number {
  return DECIMAL.test(text) ? Number(text) + 0 : NaN
}

function parseLongDecimal(bytes: Uint8Array, start: number, end: number): number {
  return decimalOf(asciiOf(bytes, start, end).trim())
}

/** Bytes as Latin-1 text: enough for numbers and dates. */
export function asciiOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}

/** The day number of `YYYY-MM-DD` or `YYYYMMDD` in bytes [start, end); NO_DATE for anything else. */
export function parseDay(bytes: Uint8Array, start: number, end: number): number {
  const dashed = end - start === 10 && bytes[start + 4] === MINUS && bytes[start + 7] === MINUS
  if (!dashed && end - start !== 8) return NO_DATE
  const year = digitsAt(bytes, start, 4)
  const month = digitsAt(bytes, start + (dashed ? 5 : 4), 2)
  const day = digitsAt(bytes, start + (dashed ? 8 : 6), 2)
  return dayOf(year, month, day)
}

/** The day number of a whole number such as 20180207; NO_DATE when it is no date. */
export function dayOfWhole(yyyymmdd: number): number {
  if (!Number.isInteger(yyyymmdd) || yyyymmdd < 1_01_01 || yyyymmdd > 9999_12_31) return NO_DATE
  return dayOf(Math.floor(yyyymmdd / 10_000), Math.floor(yyyymmdd / 100) % 100, yyyymmdd % 100)
}

const MONTH_DAYS = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function dayOf(year: number, month: number, day: number): number {
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1)) return NO_DATE
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  if (day > MONTH_DAYS[month]! + (month === 2 && leap ? 1 : 0)) return NO_DATE
  // Days from civil (Howard Hinnant): March-based years make the leap day the last of its year.
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const ofEra = shifted - era * 400
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468
}

function digitsAt(bytes: Uint8Array, start: number, count: number): number {
  let value = 0
  for (let at = start; at < start + count; at++) {
    const digit = bytes[at]! - ZERO
    if (!(digit >= 0 && digit <= 9)) return NaN
    value = value * 10 + digit
  }
  return value
}
