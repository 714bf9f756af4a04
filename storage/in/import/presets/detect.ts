import { HindcastError } from '../../../../core/errors.ts'
import { shownPath } from '../data-error.ts'
import { listHeaders, normalHeader } from '../read/resolve-columns.ts'
import type { CrspFormat } from './crsp.ts'

export const PRESETS = ['native', 'kaggle', 'yahoo', 'stooq', 'crsp'] as const
export type Preset = (typeof PRESETS)[number]

/** Headers that only one preset has, most telling first; each list must be there as a whole. */
const SIGNS: readonly [preset: Preset, headers: readonly string[]][] = [
  ['crsp', ['permno', 'dlycaldt']],
  ['crsp', ['permno', 'dlret']],
  ['native', ['permno', 'date', 'ret']],
  ['yahoo', ['date', 'adj close']],
  ['kaggle', ['date', 'close', 'name']],
  ['stooq', ['ticker', 'per', 'date', 'close']],
  ['stooq', ['date', 'open', 'high', 'low', 'close', 'volume']],
]

/** The preset a header belongs to. Throws `data_missing` when it fits none: then the user has to say. */
export function detectPreset(file: string, headers: readonly string[]): Preset {
  const names = new Set(headers.map(normalHeader))
  const found = SIGNS.find(([, signs]) => signs.every((sign) => names.has(sign)))
  if (found !== undefined) return found[0]
  throw new HindcastError(
    'data_missing',
    `${shownPath(file)}, row 1: the header fits no preset (${listHeaders(headers)}); known are ` +
      'permno,date,ret,prc,vol,shrout (native), date,open,high,low,close,volume,Name (kaggle), ' +
      'Date,Open,High,Low,Close,Adj Close,Volume (yahoo), Date,Open,High,Low,Close,Volume (stooq), and ' +
      'CRSP daily files',
  )
}

/** CRSP's layout by its header: the new one calls its columns DlyCalDt, DlyRet, DlyPrc. */
export function detectCrspFormat(headers: readonly string[]): CrspFormat {
  return headers.map(normalHeader).some((name) => name.startsWith('dly')) ? 'ciz' : 'siz'
}
