import { createHash, type Hash } from 'node:crypto'
import { canonicalJson, type Json, sha256Hex } from '../../../core/identity.ts'
import { invariant } from '../../../core/invariant.ts'
import { FUNDAMENTAL, NO_DATE, PRESENT } from '../../../engine/panel.ts'
import {
  FUNDAMENTAL_COLUMNS,
  FUNDAMENTAL_VALUES,
  PRICE_COLUMNS,
  PRICE_VALUES,
  SECURITY_COLUMNS,
  type SnapshotTables,
} from '../tables.ts'

/** What a snapshot is made of; `crsp` and `compustat` as engine.md 1.1 and 1.2 call them. */
export type Role = 'crsp' | 'compustat' | 'securities'

/** The content of one role, as its hash knows it. */
export interface RoleContent {
  readonly role: Role
  readonly columns: readonly string[]
  readonly rows: number
  /** 64 hex digits. */
  readonly contentSha256: string
}

/** The roles of a snapshot, by name. Securities count only where they say more than the prices do: a ticker, a name. */
export function hashTables(tables: SnapshotTables): readonly RoleContent[] {
  const { prices, fundamentals, securities } = tables
  const roles: RoleContent[] = []
  if (fundamentals !== null) {
    const { rows } = fundamentals
    const hash = createHash('sha256')
    hashIds(hash, fundamentals.permno)
    hashColumn(hash, rows, fundamentals.datadate, () => true)
    hashColumn(hash, rows, fundamentals.availableFrom, (row) => fundamentals.availableFrom[row] !== NO_DATE)
    for (const name of FUNDAMENTAL_VALUES) {
      hashColumn(hash, rows, fundamentals[name], (row) => (fundamentals.present[row]! & FUNDAMENTAL[name]) !== 0)
    }
    roles.push({ role: 'compustat', columns: FUNDAMENTAL_COLUMNS, rows, contentSha256: hash.digest('hex') })
  }
  const hash = createHash('sha256')
  hashIds(hash, prices.permno)
  hashColumn(hash, prices.rows, prices.date, () => true)
  for (const name of PRICE_VALUES) {
    hashColumn(hash, prices.rows, prices[name], (row) => (prices.present[row]! & PRESENT[name]) !== 0)
  }
  roles.push({ role: 'crsp', columns: PRICE_COLUMNS, rows: prices.rows, contentSha256: hash.digest('hex') })
  if (securities.ticker.some((ticker) => ticker !== null) || securities.name.some((name) => name !== null)) {
    roles.push(hashSecurities(securities))
  }
  return roles
}

/** SHA-256 of the canonical JSON of the roles: 64 hex digits. */
export function fullSha256(roles: readonly RoleContent[]): string {
  return sha256Hex(canonicalJson(roles as unknown as Json))
}

/** `{dataset}-{first 8 hex}`. */
export function snapshotIdOf(dataset: string, fullHash: string): string {
  return `${dataset}-${fullHash.slice(0, 8)}`
}

/**
 * Gives every NaN of a column the one bit pattern that is hashed and stored, whatever machine or library wrote it.
 * In place.
 */
export function canonicalNaN(values: Float64Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length * 2)
  for (let i = 0; i < values.length; i++) {
    if (!Number.isNaN(values[i])) continue
    bits[2 * i] = 0
    bits[2 * i + 1] = 0x7ff80000
  }
}

function hashSecurities(securities: SnapshotTables['securities']): RoleContent {
  const rows = securities.permno.length
  const hash = createHash('sha256')
  hashIds(hash, securities.permno)
  for (const texts of [securities.ticker, securities.name]) {
    hash.update(bitmap(rows, (row) => texts[row] !== null))
    for (const text of texts) hashText(hash, text ?? '')
  }
  hashColumn(hash, rows, securities.first, () => true)
  hashColumn(hash, rows, securities.last, () => true)
  return { role: 'securities', columns: SECURITY_COLUMNS, rows, contentSha256: hash.digest('hex') }
}

/** A column is its bitmap (bit set: a value stands there; lowest bit first), then its values, NaN for a null. */
function hashColumn(hash: Hash, rows: number, values: Float64Array | Int32Array, has: (row: number) => boolean): void {
  invariant(values.length === rows, 'the columns of a table have one length')
  hash.update(bitmap(rows, has))
  hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}

function hashIds(hash: Hash, ids: Float64Array): void {
  hash.update(bitmap(ids.length, () => true))
  const words = new Uint32Array(ids.length * 2)
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    words[2 * i] = id >>> 0
    words[2 * i + 1] = Math.floor(id / 2 ** 32)
  }
  hash.update(new Uint8Array(words.buffer))
}

function hashText(hash: Hash, text: string): void {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  hash.update(length).update(bytes)
}

function bitmap(rows: number, has: (row: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(rows / 8))
  for (let row = 0; row < rows; row++) if (has(row)) bits[row >> 3] = bits[row >> 3]! | (1 << (row & 7))
  return bits
}
