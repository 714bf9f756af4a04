import { createHash, type Hash } from 'node:crypto'
import { canonicalJson, type Json, sha256Hex } from '../../../core/identity.ts'
import { invariant } from '../../../core/invariant.ts'
import { FUNDAMENTAL, NO_DATE, PRESENT } from '../../../engine/panel.ts'
import {
  FUNDAMENTAL_COLUMNS,
  FUNDAMENTAL_VALUES,
  type FundamentalTable,
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
  const roles: RoleContent[] = fundamentals === null ? [] : [hashStatements(fundamentals)]
  const hash = createPriceHash(prices.permno, prices.date)
  for (const name of PRICE_VALUES) hash.values(prices[name], flagBits(prices.present, PRESENT[name]))
  roles.push({ role: 'crsp', columns: PRICE_COLUMNS, rows: prices.rows, contentSha256: hash.digest() })
  if (securities.ticker.some((ticker) => ticker !== null) || securities.name.some((name) => name !== null)) {
    roles.push(hashSecurities(securities))
  }
  return roles
}

/** The content of the role `compustat`. */
export function hashStatements(statements: FundamentalTable): RoleContent {
  const { rows, permno, datadate, availableFrom, present } = statements
  const hash = createHash('sha256')
  hashIds(hash, permno)
  hashValues(hash, datadate, everyBit(rows))
  hashValues(
    hash,
    availableFrom,
    packBits(rows, (row) => availableFrom[row] !== NO_DATE),
  )
  for (const name of FUNDAMENTAL_VALUES) hashValues(hash, statements[name], flagBits(present, FUNDAMENTAL[name]))
  return { role: 'compustat', columns: FUNDAMENTAL_COLUMNS, rows, contentSha256: hash.digest('hex') }
}

/**
 * The hash of the prices column by column, so that a reader need not hold them all.
 * `values` is called in the order of PRICE_VALUES.
 */
export function createPriceHash(permno: Float64Array, date: Int32Array) {
  const hash = createHash('sha256')
  hashIds(hash, permno)
  hashValues(hash, date, everyBit(date.length))
  return {
    values: (values: Float64Array, bits: Uint8Array): void => hashValues(hash, values, bits),
    digest: (): string => hash.digest('hex'),
  }
}

/** The bitmap of a column: bit set where `present` has the flag, lowest bit first. */
export function flagBits(present: Uint8Array, flag: number): Uint8Array {
  return packBits(present.length, (row) => (present[row]! & flag) !== 0)
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
    hash.update(packBits(rows, (row) => texts[row] !== null))
    for (const text of texts) hashText(hash, text ?? '')
  }
  hashValues(hash, securities.first, everyBit(rows))
  hashValues(hash, securities.last, everyBit(rows))
  return { role: 'securities', columns: SECURITY_COLUMNS, rows, contentSha256: hash.digest('hex') }
}

/** A column is its bitmap (bit set: a value stands there; lowest bit first), then its values, NaN for a null. */
function hashValues(hash: Hash, values: Float64Array | Int32Array, bits: Uint8Array): void {
  invariant(bits.length === Math.ceil(values.length / 8), 'the columns of a table have one length')
  hash.update(bits).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}

/** Ids are hashed as Int64. */
function hashIds(hash: Hash, ids: Float64Array): void {
  hash.update(everyBit(ids.length))
  const words = new Uint32Array(Math.min(ids.length, ID_BLOCK) * 2)
  for (let from = 0; from < ids.length; from += ID_BLOCK) {
    const count = Math.min(ID_BLOCK, ids.length - from)
    for (let i = 0; i < count; i++) {
      const id = ids[from + i]!
      const high = Math.floor(id / 2 ** 32)
      words[2 * i] = id - high * 2 ** 32
      words[2 * i + 1] = high
    }
    hash.update(new Uint8Array(words.buffer, 0, count * 8))
  }
}

const ID_BLOCK = 1 << 16

function hashText(hash: Hash, text: string): void {
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  hash.update(length).update(bytes)
}

function everyBit(rows: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(rows / 8)).fill(0xff)
  if (rows % 8 !== 0) bits[bits.length - 1] = (1 << (rows % 8)) - 1
  return bits
}

function packBits(rows: number, has: (row: number) => boolean): Uint8Array {
  const bits = new Uint8Array(Math.ceil(rows / 8))
  for (let row = 0; row < rows; row++) if (has(row)) bits[row >> 3] = bits[row >> 3]! | (1 << (row & 7))
  return bits
}
