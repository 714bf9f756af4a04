import { HindcastError } from '../../../../core/errors.ts'
import { dataError, shown, shownPath } from '../data-error.ts'
import type { ColumnSpec } from './raw-table.ts'

const MAX_LISTED = 12

/** A header without case, spaces at the ends, and the marks of bulk files: `<TICKER>` is `ticker`. */
export function normalHeader(header: string): string {
  return header
    .trim()
    .replace(/^<(.*)>$/, '$1')
    .replace(/\s+/g, ' ')
    .toLowerCase()
}

/**
 * For each column of the file the spec it feeds, or null for one that is not used.
 * Throws `data_missing` naming the columns that are required and absent, `data_invalid` when two columns mean the same.
 */
export function resolveColumns(
  file: string,
  headers: readonly string[],
  specs: readonly ColumnSpec[],
): readonly (ColumnSpec | null)[] {
  const names = headers.map(normalHeader)
  // A name of its own wins over an alias: a CRSP file may hold both `hexcd` and `exchcd`.
  const bySpec = new Map<ColumnSpec, number>()
  for (const spec of specs) {
    for (const wanted of [spec.name.toLowerCase(), ...(spec.aliases ?? [])]) {
      const at = names.indexOf(wanted)
      if (at < 0) continue
      if (names.includes(wanted, at + 1)) {
        throw dataError({ file, row: 1 }, `column ${shown(headers[at]!)} stands twice in the header`)
      }
      bySpec.set(spec, at)
      break
    }
  }
  const missing = specs.filter((spec) => spec.required && !bySpec.has(spec)).map((spec) => spec.name)
  if (missing.length > 0) {
    throw new HindcastError(
      'data_missing',
      `${shownPath(file)}, row 1: the header lacks ${missing.join(', ')}; found: ${listHeaders(headers)}; ` +
        `required: ${specs
          .filter((spec) => spec.required)
          .map((spec) => spec.name)
          .join(', ')}`,
    )
  }
  const byColumn: (ColumnSpec | null)[] = headers.map(() => null)
  for (const [spec, at] of bySpec) byColumn[at] = spec
  return byColumn
}

/** Column -> header of what `resolveColumns` found. */
export function mappingOf(
  found: readonly (ColumnSpec | null)[],
  headers: readonly string[],
): ReadonlyMap<string, string> {
  return new Map(found.flatMap((spec, at) => (spec === null ? [] : [[spec.name, headers[at]!] as const])))
}

/** Headers for a message, cut after a dozen. */
export function listHeaders(headers: readonly string[]): string {
  const listed = headers.slice(0, MAX_LISTED).map(shown).join(', ')
  return headers.length > MAX_LISTED ? `${listed} and ${headers.length - MAX_LISTED} more` : listed
}
