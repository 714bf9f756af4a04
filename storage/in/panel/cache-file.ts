import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Fundamentals, Panel } from '../../../engine/panel.ts'
import { PRICE_VALUES } from '../tables.ts'
import { type Allocate, MAX_CELLS, type PanelColumn } from './dense.ts'

/**
 * A panel as raw little-endian columns, so that opening is reading:
 *
 *     8 bytes  HCPANEL1
 *     4        length of the header
 *     4        CRC-32 of the header
 *     header   JSON: {hash, dates, names, statements, crc: [one CRC-32 per column]}
 *     columns  in the order of `columnsOf`, each beginning at a multiple of 64 bytes
 *
 * A cache is a copy: whatever does not fit (magic, hash, sizes, checksum) makes it void, and it is made again.
 */
const MAGIC = 'HCPANEL1'
const ALIGN = 64
const PREFIX_BYTES = 16
const MAX_HEADER_BYTES = 4096
const NO_STATEMENTS = -1

interface Header {
  /** SHA-256 of the snapshot it was made from. */
  readonly hash: string
  readonly dates: number
  readonly names: number
  /** Rows of the fundamentals; -1: none. */
  readonly statements: number
  readonly crc: readonly number[]
}

const STATEMENT_INTS = ['name', 'datadate', 'availableFrom'] as const
const STATEMENT_VALUES = ['ceq', 'ni', 'at', 'revt', 'cogs'] as const

/** Bytes of each column, by name, in file order. */
function columnsOf({ dates, names, statements }: Omit<Header, 'hash' | 'crc'>): [name: string, bytes: number][] {
  const cells = dates * names
  const prices: [string, number][] = [
    ['dates', dates * 4],
    ['permnos', names * 8],
    ['present', cells],
    ...PRICE_VALUES.map((name): [string, number] => [name, cells * 8]),
  ]
  if (statements === NO_STATEMENTS) return prices
  return [
    ...prices,
    ...STATEMENT_INTS.map((name): [string, number] => [`f.${name}`, statements * 4]),
    ['f.present', statements],
    ...STATEMENT_VALUES.map((name): [string, number] => [`f.${name}`, statements * 8]),
  ]
}

/**
 * Writes the cache of a whole panel beside `path`, then renames it there. Not fsynced: its checksums tell. What killed
 * writers left is removed; a live one that loses its file so fails, and leaves the cache to this one.
 */
export async function writePanelCache(path: string, hash: string, panel: Panel): Promise<void> {
  const statements = panel.fundamentals === null ? NO_STATEMENTS : panel.fundamentals.name.length
  const shape = { dates: panel.dates.length, names: panel.permnos.length, statements }
  const columns = columnsOf(shape).map(([name]) => bytesOf(panel, name))
  const header = Buffer.from(JSON.stringify({ hash, ...shape, crc: columns.map((bytes) => crc32(bytes)) }))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.write(MAGIC, 'latin1')
  prefix.writeUInt32LE(header.length, 8)
  prefix.writeUInt32LE(crc32(header), 12)
  await removeScratch(path)
  const scratch = `${path}.${randomUUID()}`
  const file = await open(scratch, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW)
  try {
    await file.write(Buffer.concat([prefix, header]), 0, null, 0)
    let offset = PREFIX_BYTES + header.length
    for (const bytes of columns) {
      offset = aligned(offset)
      await writeAt(file, bytes, offset)
      offset += bytes.length
    }
    await file.close()
    await rename(scratch, path)
  } catch (error) {
    await file.close().catch(() => {})
    await rm(scratch, { force: true })
    throw error
  }
}

/**
 * Reads a cache into buffers of `allocate`, only the price columns asked for (the others come back with length 0).
 * Null when there is none, or it is damaged, or of another snapshot.
 */
export async function readPanelCache(
  path: string,
  hash: string,
  allocate: Allocate,
  columns: readonly PanelColumn[] = PRICE_VALUES,
): Promise<Panel | null> {
  let file: FileHandle
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return null
  }
  try {
    return await readColumns(file, hash, allocate, columns)
  } catch {
    return null
  } finally {
    await file.close()
  }
}

async function readColumns(
  file: FileHandle,
  hash: string,
  allocate: Allocate,
  wanted: readonly PanelColumn[],
): Promise<Panel | null> {
  const found = await readHeader(file)
  if (found === null || found.header.hash !== hash) return null
  const { header, end } = found
  const unwanted = new Set<string>(PRICE_VALUES.filter((name) => !wanted.includes(name)))
  const buffers = new Map<string, ArrayBufferLike>()
  const reads: Promise<boolean>[] = []
  let offset = end
  for (const [at, [name, bytes]] of columnsOf(header).entries()) {
    offset = aligned(offset)
    if (!unwanted.has(name)) {
      const buffer = allocate(bytes)
      buffers.set(name, buffer)
      reads.push(readChecked(file, new Uint8Array(buffer, 0, bytes), offset, header.crc[at]!))
    }
    offset += bytes
  }
  if ((await file.stat()).size !== offset) return null
  if ((await Promise.all(reads)).includes(false)) return null
  return panelOf(buffers, header)
}

async function readHeader(file: FileHandle): Promise<{ header: Header; end: number } | null> {
  const head = Buffer.alloc(PREFIX_BYTES + MAX_HEADER_BYTES)
  const { bytesRead } = await file.read(head, 0, head.length, 0)
  const length = head.readUInt32LE(8)
  const end = PREFIX_BYTES + length
  if (head.toString('latin1', 0, 8) !== MAGIC || length > MAX_HEADER_BYTES || end > bytesRead) return null
  const text = head.subarray(PREFIX_BYTES, end)
  if (crc32(text) !== head.readUInt32LE(12)) return null
  const header = JSON.parse(text.toString()) as Header
  const counts = [header.dates, header.names, header.statements]
  const sound = counts.every(Number.isInteger) && header.dates > 0 && header.names > 0 && header.statements >= -1
  if (!sound || header.dates * header.names > MAX_CELLS) return null
  return header.crc.length === columnsOf(header).length ? { header, end } : null
}

function panelOf(buffers: ReadonlyMap<string, ArrayBufferLike>, header: Header): Panel {
  const none = new ArrayBuffer(0)
  const doubles = (name: string) => new Float64Array(buffers.get(name) ?? none)
  const ints = (name: string) => new Int32Array(buffers.get(name) ?? none)
  const statements: Fundamentals = {
    name: ints('f.name'),
    datadate: ints('f.datadate'),
    availableFrom: ints('f.availableFrom'),
    present: new Uint8Array(buffers.get('f.present') ?? none),
    ceq: doubles('f.ceq'),
    ni: doubles('f.ni'),
    at: doubles('f.at'),
    revt: doubles('f.revt'),
    cogs: doubles('f.cogs'),
  }
  return {
    dates: ints('dates'),
    permnos: doubles('permnos'),
    present: new Uint8Array(buffers.get('present') ?? none),
    ret: doubles('ret'),
    prc: doubles('prc'),
    vol: doubles('vol'),
    shrout: doubles('shrout'),
    fundamentals: header.statements === NO_STATEMENTS ? null : statements,
  }
}

function bytesOf(panel: Panel, name: string): Uint8Array {
  const array = name.startsWith('f.')
    ? panel.fundamentals![name.slice(2) as keyof Fundamentals]
    : (panel[name as keyof Panel] as Float64Array)
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

async function readChecked(file: FileHandle, into: Uint8Array, from: number, crc: number): Promise<boolean> {
  let filled = 0
  while (filled < into.length) {
    const { bytesRead } = await file.read(into, filled, into.length - filled, from + filled)
    if (bytesRead === 0) return false
    filled += bytesRead
  }
  return crc32(into) === crc
}

async function removeScratch(path: string): Promise<void> {
  const [directory, prefix] = [dirname(path), `${basename(path)}.`]
  const left = (await readdir(directory)).filter((name) => name.startsWith(prefix))
  await Promise.all(left.map((name) => rm(join(directory, name), { force: true })))
}

async function writeAt(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done)
    done += bytesWritten
  }
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGN) * ALIGN
}
