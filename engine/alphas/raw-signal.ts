import { dayNumber, type IsoDate } from '../../core/dates.ts'
import type { AlphaParameters } from '../../core/request.ts'
import type { Panel } from '../panel.ts'
import { createView, firstRowFrom } from '../point-in-time.ts'
import { CELL } from '../result.ts'
import type { Alpha } from './define-alpha.ts'

/**
 * The raw signal of an alpha at the close of a date, by permno, before winsorising and z-scores: what to look at while
 * writing an alpha. The date must be one of the panel's; the universe filter is not applied.
 */
export function rawSignalOn(
  alpha: Alpha,
  parameters: AlphaParameters,
  panel: Panel,
  date: IsoDate,
): Map<number, number | null> {
  const row = firstRowFrom(panel.dates, dayNumber(date))
  if (panel.dates[row] !== dayNumber(date)) throw new RangeError(`${date} is no date of the panel`)
  const view = createView(panel)
  view.moveTo(row, row)
  const names = panel.permnos.length
  const raw = { values: new Float64Array(names), state: new Uint8Array(names) }
  alpha.bind(parameters).raw(view.known, raw)
  const rows = new Map<number, number | null>()
  raw.state.forEach((state, i) => {
    if (state !== CELL.absent) rows.set(panel.permnos[i]!, state === CELL.null ? null : raw.values[i]!)
  })
  return rows
}
