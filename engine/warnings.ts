import { formatIsoDate } from '../core/dates.ts'
import type { Backtest, NamedAlpha } from '../core/request.ts'
import { ALPHAS } from './alphas/index.ts'
import type { Run } from './compute-dates.ts'
import { MIN_PAIRS } from './metrics/rank-ic.ts'
import type { Warning } from './result.ts'

/** A z-score beyond this is named in a warning (engine.md 2.1). */
const EXTREME_SIGNAL = 5

/** What a reader must know before believing the numbers of a run, in a fixed order. */
export function runWarnings(run: Run, rankIc: Float64Array): Warning[] {
  return [stoppedEarly(run), missingStatements(run), ...thinDays(run, rankIc), extremeSignal(run)].filter(
    (warning) => warning !== null,
  )
}

function stoppedEarly({ backtest, panel, days }: Run): Warning | null {
  if (days.count === days.requested) return null
  const last = formatIsoDate(panel.dates[days.first + days.count - 1]!)
  return {
    code: 'stopped_early',
    message: `The run ended on ${last}, before ${backtest.endDate}: the last price date has no forward return.`,
  }
}

function missingStatements({ backtest, panel }: Run): Warning | null {
  if (panel.fundamentals !== null) return null
  const names = alphasOf(backtest).filter((name) =>
    ALPHAS.some(({ entry }) => entry.name === name && entry.needs.includes('fundamentals')),
  )
  if (names.length === 0) return null
  return {
    code: 'fundamentals_missing',
    message: `The snapshot has no fundamentals, which ${names.join(' and ')} needs: those signals are empty.`,
  }
}

function alphasOf({ alpha }: Backtest): string[] {
  const choices: readonly NamedAlpha[] = 'blend' in alpha ? alpha.blend.of : [alpha]
  return choices.map(({ name }) => name)
}

function thinDays({ daily, days }: Run, rankIc: Float64Array): (Warning | null)[] {
  const empty = daily.signalRows.filter((rows) => rows === 0).length
  const thin = daily.signalRows.filter((rows) => rows > 0 && rows < MIN_PAIRS).length
  const withoutValue = rankIc.filter(Number.isNaN).length
  const flat = daily.lowestSignal.filter((low, k) => low === daily.highestSignal[k] && daily.signalCount[k]! > 1).length
  const of = `of ${days.count} days`
  return [
    said(empty, 'empty_days', `${empty} ${of} have no signal; the book skips them and earns nothing.`),
    said(thin, 'thin_days', `${thin} ${of} have signals for fewer than ${MIN_PAIRS} names and no daily IC.`),
    said(
      withoutValue,
      'ic_not_a_number',
      `${withoutValue} daily ICs are not a number, so mean_ic and icir are not either; mean_ic_valid skips them.`,
    ),
    said(flat, 'flat_signal', `On ${flat} ${of} all names have the same signal; rank weights then follow the ids.`),
  ]
}

function said(count: number, code: string, message: string): Warning | null {
  return count === 0 ? null : { code, message }
}

function extremeSignal({ daily, panel, days }: Run): Warning | null {
  const sizes = daily.lowestSignal.map((low, k) => Math.max(Math.abs(low), Math.abs(daily.highestSignal[k]!)))
  let at = 0
  for (let k = 1; k < sizes.length; k++) if (sizes[k]! > sizes[at]! || Number.isNaN(sizes[at]!)) at = k
  if (!(sizes[at]! > EXTREME_SIGNAL)) return null
  const date = formatIsoDate(panel.dates[days.first + at]!)
  return {
    code: 'extreme_signal',
    message: `A signal lies ${sizes[at]!.toFixed(1)} standard deviations from the mean on ${date}.`,
  }
}
