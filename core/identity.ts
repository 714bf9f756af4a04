import { createHash } from 'node:crypto'
import { invariant } from './invariant.ts'

/** What can be written as canonical JSON. Undefined members are left out. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * Canonical JSON of RFC 8785: members sorted by UTF-16 code units, no white space, numbers in ECMAScript's
 * shortest form. Throws on a number that is not finite, because JSON has no word for it.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number') {
    invariant(Number.isFinite(value), `canonical JSON holds finite numbers only, found ${value}`)
    return JSON.stringify(value)
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const record = value as { readonly [key: string]: Json | undefined }
  const members = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key] as Json)}`)
  return `{${members.join(',')}}`
}

/** SHA-256 as 64 lowercase hex digits. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** What a job is known by: everything its result depends on, and the namespace it belongs to. */
export interface Identity {
  readonly v: 1
  readonly kind: string
  readonly namespace: string
  readonly computation: Json
  /** Only a Regression's case: its results are never shared. */
  readonly regression?: { readonly uid: string; readonly case: string; readonly runKey: string }
}

/** The whole digest of an identity; `jobIdOf` is its first half. */
export function configHash(identity: Identity): string {
  return sha256Hex(canonicalJson(identity as unknown as Json))
}

/** A job's id: the first 32 hex digits of its config hash. */
export function jobIdOf(hash: string): string {
  return hash.slice(0, 32)
}

/** Equal for two results that must be equal: no namespace, but the engine's revision (platform.md 1.1). */
export function resultKey(kind: string, computation: Json, engineRevision: number): string {
  return sha256Hex(canonicalJson({ kind, computation, engineRevision }))
}
