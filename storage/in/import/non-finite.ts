import { dataError } from './data-error.ts'
import type { QualityNotes } from './quality.ts'
import { numberColumn, placeOf, RAW, type RawTable } from './read/raw-table.ts'

/** What becomes of NaN and ±Infinity (option `--non-finite`). `preset`: the rule of the preset. */
export type NonFinite = 'keep' | 'null' | 'error'

/** The rule of a preset where the user chose none: `native` keeps NaN in `ret`, the others read NaN as blank. */
export interface NonFiniteRule {
  readonly chosen: NonFinite | null
  readonly native: boolean
}

/** Applies the rule to the named columns, in place. Throws `data_invalid` at the first value that the rule refuses. */
export function applyNonFinite(
  table: RawTable,
  names: readonly string[],
  rule: NonFiniteRule,
  notes: QualityNotes,
): void {
  for (const name of names) {
    const column = numberColumn(table, name)
    if (column === undefined) continue
    for (let row = 0; row < table.rows; row++) {
      if (column.state[row] !== RAW.value || Number.isFinite(column.values[row])) continue
      const value = column.values[row]!
      const fate = rule.chosen ?? presetFate(rule, name, value)
      const place = placeOf(table, row, name)
      if (fate === 'error') {
        throw dataError(place, `holds ${value}; allowed: a finite number or blank, or choose --non-finite null or keep`)
      }
      notes.note(fate === 'keep' ? 'nan_kept' : 'non_finite_nulled', () => ({
        file: place.file,
        row: place.row,
        detail: `${name} ${value}`,
      }))
      if (fate === 'keep') continue
      column.state[row] = RAW.null
      column.values[row] = NaN
    }
  }
}

/** design.md 4. */
function presetFate(rule: NonFiniteRule, name: string, value: number): NonFinite {
  if (!Number.isNaN(value)) return 'error'
  if (!rule.native) return 'null'
  return name === 'ret' ? 'keep' : 'error'
}
