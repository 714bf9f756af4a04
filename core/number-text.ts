/** How a quantity is written for people. Every text has a true minus (U+2212) and never the sign of a zero. */
export type Unit =
  /** A bare number. */
  | 'number'
  /** A fraction, shown times 100 with a percent sign. */
  | 'percent'
  /** Already in percent. */
  | 'percentage'
  /** A fraction, shown in basis points. */
  | 'fractionBp'
  /** Already in basis points. */
  | 'bp'
  | 'usd'
  | 'days'
  | 'count'

export interface NumberStyle {
  readonly unit: Unit
  /** Digits after the point, in the unit that is shown. */
  readonly digits: number
  /** A plus before a number above zero, where the sign is the message. */
  readonly signed?: boolean
}

export const MINUS = '\u2212'
const NARROW_SPACE = '\u202f'

const FACTOR: Readonly<Record<Unit, number>> = {
  number: 1,
  percent: 100,
  percentage: 1,
  fractionBp: 10_000,
  bp: 1,
  usd: 1,
  days: 1,
  count: 1,
}

const SUFFIX: Readonly<Record<Unit, string>> = {
  number: '',
  percent: '%',
  percentage: '%',
  fractionBp: `${NARROW_SPACE}bp`,
  bp: `${NARROW_SPACE}bp`,
  usd: '',
  days: ' days',
  count: '',
}

/** Powers of ten that have a word of their own in an amount of money. */
const LARGE: readonly (readonly [number, string])[] = [
  [1e12, 'trillion'],
  [1e9, 'billion'],
  [1e6, 'million'],
]

/** A number with its unit. Null and NaN read `n/a`; the infinities `∞` and `−∞`. */
export function numberText(value: number | null | undefined, style: NumberStyle): string {
  if (value === null || value === undefined || Number.isNaN(value)) return 'n/a'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`
  if (style.unit === 'usd') return usdText(value, style)
  const shown = fixed(value * FACTOR[style.unit], style)
  if (style.unit === 'days' && shown === '1') return '1 day'
  return shown + SUFFIX[style.unit]
}

/** The number as it is written in a column whose head names the unit. */
export function bareNumberText(value: number, style: NumberStyle): string {
  if (Number.isNaN(value)) return 'n/a'
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${MINUS}∞`
  return fixed(value * FACTOR[style.unit], style)
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** A number of bytes in decimal units: `0 B`, `12.3 kB`, `1.5 GB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${BYTE_UNITS[power]}`
}

/** The word for a unit in the head of a column; empty for a bare number. */
export function unitText(unit: Unit): string {
  return unit === 'usd' ? 'USD' : SUFFIX[unit].trim()
}

function usdText(value: number, style: NumberStyle): string {
  const size = Math.abs(value)
  for (const [power, word] of LARGE) {
    if (size >= power) return `USD ${sign(value, style)}${threeDigits(size / power)} ${word}`
  }
  return `USD ${fixed(value, style)}`
}

/** At least three significant digits, none after the point from 100 on. */
function threeDigits(size: number): string {
  return group(size.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2))
}

function fixed(value: number, style: NumberStyle): string {
  const text = Math.abs(value).toFixed(style.digits)
  // A value that rounds to zero has no sign: "−0.0" would claim a direction that is not known.
  const rounded = Number(text) === 0 ? 0 : value
  return sign(rounded, style) + group(text)
}

function sign(value: number, style: NumberStyle): string {
  if (value < 0) return MINUS
  return value > 0 && style.signed ? '+' : ''
}

function group(text: string): string {
  const [whole = '', ...rest] = text.split('.')
  // Four digits stay together, as in a year; from five on thousands are set apart.
  const grouped = whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return [grouped, ...rest].join('.')
}
