import type { Context } from '../context.ts'

/**
 * Prints data in the format the user chose: the table, or the data itself as JSON or YAML. Numbers that are not finite
 * become the strings "NaN", "Infinity", "-Infinity" (JSON has no word for them).
 */
export async function print(context: Context, data: unknown, table: () => string): Promise<void> {
  if (context.output === 'table') context.terminal.out(table())
  else if (context.output === 'json') context.terminal.out(`${JSON.stringify(wordsForNumbers(data), null, 2)}\n`)
  else {
    const { stringify } = await import('yaml')
    context.terminal.out(stringify(wordsForNumbers(data), { lineWidth: 0, aliasDuplicateObjects: false }))
  }
}

/** The same data with every number that is not finite as a string, and bigints as decimal strings. */
export function wordsForNumbers(data: unknown): unknown {
  if (typeof data === 'number') return Number.isFinite(data) ? data : String(data)
  if (typeof data === 'bigint') return String(data)
  if (Array.isArray(data)) return data.map(wordsForNumbers)
  if (data === null || typeof data !== 'object') return data
  if (data instanceof Date) return data.toISOString()
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, wordsForNumbers(value)]))
}
