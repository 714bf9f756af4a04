import { dayNumber } from '../../../../core/dates.ts'
import { NO_DATE } from '../../../../engine/panel.ts'
import { dataError, shown } from '../data-error.ts'
import { type ColumnSpec, RAW } from './raw-table.ts'

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** Dates outside are typing errors (year 9999, year 12): daily prices begin in 1925. */
export const FIRST_DAY = dayNumber('1900-01-01')
export const LAST_DAY = dayNumber('2199-12-31')
export const DATE_FORMS = 'allowed: YYYY-MM-DD or YYYYMMDD, from 1900 to 2199'

/** Texts that mean "no value", in lower case, besides a blank cell. */
const NULL_WORDS = new Set(['', 'null', 'na', 'n/a', '<na>', 'none', '.'])
const NUMBER_WORDS = new Map([
  ['nan', NaN],
  ['-nan', NaN],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-infinity', -Infinity],
])
/** A dictionary larger than this is no column of tickers or names. */
const MAX_WORDS = 2_000_000
const MAX_WORD_BYTES = 256

/** A cell as a message names it. */
export interface CellPlace {
  readonly file: string
  readonly row: number
  readonly column: string
}

/**
 * The double nearest to a decimal number, as JavaScript reads it; -0 becomes 0. NaN when the text is anything else
 * (blank, a word, `1,5`); ±Infinity when the number is too large for a double.
 */
export function decimalOf(text: string): number {
  return DECIMAL.test(text) ? Number(text) + 0 : NaN
}

/** A cell that is no plain number: blank, NaN, an infinity, a vendor's letter, or an error. */
export function parseNumberWord(
  text: string,
  spec: ColumnSpec,
  { column, row }: { column: { values: Float64Array; state: Uint8Array }; row: number },
  place: CellPlace,
): void {
  const word = text.trim().toLowerCase()
  const named = NUMBER_WORDS.get(word)
  const value = named ?? decimalOf(word)
  column.values[row] = value
  if (named !== undefined || !Number.isNaN(value)) column.state[row] = RAW.value
  else if (NULL_WORDS.has(word)) column.state[row] = RAW.null
  else if (spec.letters && /^[a-z]$/.test(word)) column.state[row] = RAW.code
  else
    throw dataError(
      place,
      `${shown(text)} is not a number${commaHint(word)}; allowed: digits with a decimal point, or blank`,
    )
}

function commaHint(word: string): string {
  if (/^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(word)) return ' (commas between thousands, or a decimal comma)'
  return /^[+-]?\d*,\d+$/.test(word) ? ' (a decimal comma)' : ''
}

/** The day number of a date text; NO_DATE for a blank one. */
export function parseDateText(text: string, place: CellPlace): number {
  const trimmed = text.trim()
  if (NULL_WORDS.has(trimmed.toLowerCase())) return NO_DATE
  const day = dayOfText(trimmed)
  if (day === NO_DATE) throw dataError(place, `${shown(text)} is not a calendar date; ${DATE_FORMS}`)
  return checkDay(day, place)
}

/** Refuses a day outside the years that prices have. */
export function checkDay(day: number, place: CellPlace): number {
  if (day >= FIRST_DAY && day <= LAST_DAY) return day
  throw dataError(place, `the date lies outside 1900 to 2199; ${DATE_FORMS}`)
}

/** The code of a word, -1 for a blank one, -2 for one that is no name. */
export function codeOf(word: string, words: string[], codes: Map<string, number>): number {
  if (word === '') return -1
  const known = codes.get(word)
  if (known !== undefined) return known
  if (/[\p{Cc}\ufffd]/u.test(word) || Buffer.byteLength(word) > MAX_WORD_BYTES || words.length >= MAX_WORDS) return -2
  codes.set(word, words.length)
  words.push(word)
  return words.length - 1
}

/** The day number of `YYYY-MM-DD` or `YYYYMMDD`; NO_DATE for anything else. */
export function dayOfText(text: string): number {
  const parts = /^(\d{4})(-?)(\d{2})\2(\d{2})$/.exec(text)
  return parts === null ? NO_DATE : dayOf(Number(parts[1]), Number(parts[3]), Number(parts[4]))
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
