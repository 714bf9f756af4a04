import { constants, createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { HindcastError } from '../../../../core/errors.ts'
import { errorCode } from '../../../blobs/durable-files.ts'
import { dataError, shownPath } from '../data-error.ts'

/** Text of one file, after decompression: more is a mistake or a bomb. */
export const MAX_TEXT_BYTES = 32 * 2 ** 30
/** Prices compress about 6-fold, a constant column 300-fold; a bomb 1000-fold. */
const MAX_RATIO = 400
const RATIO_FROM_BYTES = 64 * 2 ** 20
const CHUNK_BYTES = 1 << 20

const SIGNATURES: readonly [format: 'gzip' | 'parquet' | 'archive', bytes: readonly number[]][] = [
  ['gzip', [0x1f, 0x8b]],
  ['parquet', [0x50, 0x41, 0x52, 0x31]],
  ['archive', [0x50, 0x4b, 0x03, 0x04]],
]

/** A file that a user named: an ordinary file, not empty, sniffed by its first bytes and never by its name. */
export interface Source {
  readonly path: string
  readonly bytes: number
  readonly compressed: boolean
  readonly format: 'csv' | 'parquet'
}

/** Looks at a file without trusting it. Throws `data_missing` (absent) or `data_invalid` (anything but a file). */
export async function sniffSource(path: string): Promise<Source> {
  const file = await openFile(path)
  try {
    const stat = await file.stat()
    if (!stat.isFile()) {
      throw dataError(
        { file: path },
        `is ${stat.isDirectory() ? 'a directory' : 'no ordinary file'}; name a CSV or Parquet file`,
      )
    }
    if (stat.size === 0) throw dataError({ file: path }, 'is empty; a header and at least one row are needed')
    const head = await firstBytes(file)
    const outer = formatOf(path, head)
    if (outer !== 'gzip') return { path, bytes: stat.size, compressed: false, format: outer }
    const inner = formatOf(path, await firstInflated(path))
    if (inner === 'gzip') throw dataError({ file: path }, 'is compressed twice; decompress it once')
    return { path, bytes: stat.size, compressed: true, format: inner }
  } finally {
    await file.close()
  }
}

/** The content in chunks of at most 1 MiB, decompressed. Throws `data_invalid` on damaged gzip and on bombs. */
export async function* readChunks(source: Source): AsyncGenerator<Buffer> {
  const raw = createReadStream(source.path, { highWaterMark: CHUNK_BYTES })
  const gunzip = source.compressed ? createGunzip({ chunkSize: CHUNK_BYTES }) : null
  if (gunzip !== null) raw.on('error', (error) => gunzip.destroy(error)).pipe(gunzip)
  let total = 0
  try {
    for await (const chunk of gunzip ?? raw) {
      total += (chunk as Buffer).length
      checkSize(source, total)
      yield chunk as Buffer
    }
  } catch (error) {
    if (error instanceof HindcastError) throw error
    const what = source.compressed ? 'the gzip data is damaged or cut short' : 'cannot be read'
    throw dataError({ file: source.path }, `${what} (${(error as Error).message})`, error)
  } finally {
    raw.destroy()
    gunzip?.destroy()
  }
}

function checkSize(source: Source, total: number): void {
  const bomb = source.compressed && total > RATIO_FROM_BYTES && total > source.bytes * MAX_RATIO
  if (!bomb && total <= MAX_TEXT_BYTES) return
  const limit = bomb ? `${MAX_RATIO} times its compressed size` : `${MAX_TEXT_BYTES} bytes`
  throw dataError({ file: source.path }, `holds more than ${limit}; that is no table of prices`)
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK the open of a FIFO would wait for a writer for ever.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      throw new HindcastError('data_missing', `${shownPath(path)}: there is no such file`, { cause: error })
    }
    throw dataError({ file: path }, `cannot be opened (${(error as Error).message})`, error)
  }
}

async function firstBytes(file: FileHandle): Promise<Uint8Array> {
  const { bytesRead, buffer } = await file.read(new Uint8Array(4), 0, 4, 0)
  return buffer.subarray(0, bytesRead)
}

async function firstInflated(path: string): Promise<Uint8Array> {
  for await (const chunk of readChunks({ path, bytes: 1, compressed: true, format: 'csv' })) return chunk.subarray(0, 4)
  throw dataError({ file: path }, 'is empty once decompressed; a header and at least one row are needed')
}

function formatOf(path: string, head: Uint8Array): 'csv' | 'parquet' | 'gzip' {
  const found = SIGNATURES.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte))?.[0] ?? 'csv'
  if (found === 'archive') throw dataError({ file: path }, 'is a ZIP archive; unpack it and name the file inside')
  return found
}
