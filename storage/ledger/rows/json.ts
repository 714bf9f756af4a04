import type { Json } from '../../../core/identity.ts'
import type { Metrics } from '../ledger.ts'

/** JSONB refuses the NUL character, and a lone surrogate is no text. */
const NUL = String.fromCharCode(0)

/** The value as JSON text for a JSONB parameter: NaN and infinities become null at every depth, text is cleaned. */
export function jsonb(value: Json | undefined): string | null {
  return value === undefined || value === null ? null : JSON.stringify(sanitise(value))
}

/** The value with every number that JSON cannot hold as null, and every text one that PostgreSQL takes. */
export function sanitise(value: Json): Json {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'string') return cleanText(value)
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map((item: Json | undefined) => sanitise(item ?? null))
  const members = Object.entries(value as { readonly [key: string]: Json | undefined })
  return Object.fromEntries(
    members.filter(([, member]) => member !== undefined).map(([key, member]) => [cleanText(key), sanitise(member!)]),
  )
}

function cleanText(text: string): string {
  return text.replaceAll(NUL, '').toWellFormed()
}

/** Metrics as JSONB: what is not defined is left out, what could not be computed is null (platform.md 3.2). */
export function metricsJsonb(metrics: Metrics | null): string | null {
  if (metrics === null) return null
  const defined = Object.entries(metrics).filter(([, value]) => value !== null)
  return jsonb(Object.fromEntries(defined))
}

/** The other way: a null that is present means NaN; what is absent stays absent. */
export function metricsOf(value: unknown): Metrics | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null
  return Object.fromEntries(
    Object.entries(value).map(([name, number]) => [name, typeof number === 'number' ? number : Number.NaN]),
  )
}

/** A number for a FLOAT column: NaN and infinities are NULL. */
export function finite(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null
}

/** 8 KiB, platform.md 7.1. */
const MESSAGE_BYTES_MAX = 8192
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it strips
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g

/** A message fit for error_message: control characters but tab and newline stripped, cut to 8 KiB of UTF-8. */
export function errorMessage(message: string): string {
  const bytes = Buffer.from(message.replace(CONTROL, '').toWellFormed(), 'utf8')
  if (bytes.length <= MESSAGE_BYTES_MAX) return bytes.toString('utf8')
  let end = MESSAGE_BYTES_MAX
  // A continuation byte starts with 10: step back to the start of its character.
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1
  return bytes.subarray(0, end).toString('utf8')
}
