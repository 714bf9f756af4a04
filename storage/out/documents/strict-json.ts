/** What `toStrictJson` gives: JSON without NaN and without numbers that JSON cannot write. */
export type StrictJson =
  | null
  | boolean
  | number
  | string
  | readonly StrictJson[]
  | { readonly [key: string]: StrictJson }

/**
 * A value as strict JSON (platform.md 3.2, engine.md 10): NaN becomes null, an infinity the string "Infinity" or
 * "-Infinity", a typed array a list; undefined members are left out. Recursive, so no depth hides a NaN.
 */
export function toStrictJson(value: unknown): StrictJson {
  if (typeof value === 'number') return strictNumber(value)
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map(toStrictJson)
  if (value instanceof Float64Array || value instanceof Int32Array) return Array.from(value, strictNumber)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, toStrictJson(member)]))
}

/**
 * The same JSON with the members of every object sorted by name: what a user wrote in any order, or a record gave back
 * in another, makes one text.
 */
export function sortedMembers(value: unknown): StrictJson {
  return sortMembers(toStrictJson(value))
}

/** The text of a JSON file: two spaces, a newline at the end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(toStrictJson(value), null, 2)}\n`
}

/** A number as `toStrictJson` wrote it; null for a NaN, which it cannot tell from null. */
export function fromStrictNumber(value: unknown): number | null {
  if (typeof value === 'number') return value
  if (value === 'Infinity') return Number.POSITIVE_INFINITY
  return value === '-Infinity' ? Number.NEGATIVE_INFINITY : null
}

function sortMembers(value: StrictJson): StrictJson {
  if (Array.isArray(value)) return value.map(sortMembers)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sortMembers(member)]))
}

function strictNumber(value: number): StrictJson {
  if (Number.isNaN(value)) return null
  if (Number.isFinite(value)) return value
  return value > 0 ? 'Infinity' : '-Infinity'
}
