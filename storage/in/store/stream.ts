import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HindcastError } from '../../../core/errors.ts'
import { ensureDirectory, withStorageErrors, writeNewFile } from '../../blobs/durable-files.ts'
import { parseRecord, type SnapshotRecord } from '../snapshot/entry.ts'
import { SNAPSHOT_FILES, snapshotDirectory } from '../snapshot/layout.ts'
import { corrupt } from './checked-copy.ts'

/**
 * A snapshot as one stream of bytes, to go through a pipe into a pod:
 *
 *     one line   hindcast-snapshot-1 <snapshot id> <bytes of the record>
 *     record     snapshot.json
 *     files      the bytes of each file that the record lists, in its order
 *
 * Nothing in it is believed: the receiver compares every file with the hash that the record has, and whoever opens
 * the snapshot compares the rows with the pinned one.
 */
const MAGIC = 'hindcast-snapshot-1'
const MAX_LINE = 200
const MAX_RECORD_BYTES = 4 * 2 ** 20
const LINE = new RegExp(`^${MAGIC} ([a-z0-9-]{1,64}) (\\d{1,8})$`)

/** The stream of a snapshot of a datasets folder. */
export async function* sendSnapshot(datasetsDir: string, record: SnapshotRecord): AsyncGenerator<Uint8Array, void> {
  const text = Buffer.from(`${JSON.stringify(record)}\n`)
  yield Buffer.from(`${MAGIC} ${record.snapshotId} ${text.length}\n`)
  yield text
  for (const { file } of record.files) {
    const path = join(snapshotDirectory(datasetsDir, record.snapshotId), file)
    yield* createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>
  }
}

/**
 * Writes a stream into an empty datasets folder, where its snapshot appears whole or not at all. Throws `data_invalid`
 * on what is no such stream or ends early, `artifact_corrupt` on a file without its hash.
 */
export async function receiveSnapshot(input: AsyncIterable<Uint8Array>, datasetsDir: string): Promise<SnapshotRecord> {
  const source = reader(input)
  const [, snapshotId = '', size = ''] = LINE.exec(await source.line()) ?? []
  if (size === '' || Number(size) > MAX_RECORD_BYTES) throw broken('it begins like nothing that "dataset push" sends')
  const record = parseRecord((await source.whole(Number(size))).toString('utf8'), snapshotId)
  if (record === null) throw broken('its record is damaged')
  const final = snapshotDirectory(datasetsDir, snapshotId)
  const staging = join(datasetsDir, '.incoming')
  await ensureDirectory(join(final, '..'))
  await withStorageErrors(staging, () => mkdir(staging))
  try {
    for (const entry of record.files) {
      const found = await save(join(staging, entry.file), source.take(entry.bytes))
      if (found !== entry.sha256) throw corrupt(snapshotId, `${entry.file} arrived with other bytes`)
    }
    await source.end()
    await writeNewFile(join(staging, SNAPSHOT_FILES.entry), `${JSON.stringify(record, null, 2)}\n`)
    await withStorageErrors(final, () => rename(staging, final))
    return record
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** Writes pieces to a new file; gives their SHA-256. */
async function save(path: string, pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const file = await withStorageErrors(path, () => open(path, flags, 0o644))
  const hash = createHash('sha256')
  try {
    for await (const piece of pieces) {
      hash.update(piece)
      await withStorageErrors(path, () => file.writeFile(piece))
    }
    return hash.digest('hex')
  } finally {
    await file.close()
  }
}

/** Pulls exact numbers of bytes out of pieces of any size. */
function reader(input: AsyncIterable<Uint8Array>) {
  const pieces = input[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)
  const more = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const { done, value } = await pieces.next()
      if (done === true) return false
      rest = value
    }
    return true
  }
  async function* take(bytes: number): AsyncGenerator<Uint8Array, void> {
    for (let left = bytes; left > 0; ) {
      if (!(await more())) throw broken(`it ended ${left} bytes early`)
      const piece = rest.subarray(0, left)
      rest = rest.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }
  return {
    take,
    async whole(bytes: number): Promise<Buffer> {
      const found: Uint8Array[] = []
      for await (const piece of take(bytes)) found.push(piece)
      return Buffer.concat(found)
    },
    async line(): Promise<string> {
      let text = ''
      while (text.length <= MAX_LINE && (await more())) {
        const at = rest.indexOf(0x0a)
        const end = at < 0 ? rest.length : at
        text += Buffer.from(rest.subarray(0, end)).toString('latin1')
        rest = rest.subarray(at < 0 ? end : end + 1)
        if (at >= 0) return text
      }
      return ''
    },
    async end(): Promise<void> {
      if (await more()) throw broken('it goes on behind its last file')
    },
  }
}

function broken(what: string): HindcastError {
  return new HindcastError('data_invalid', `the stream is no whole snapshot: ${what}`)
}
