import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { withStorageErrors } from '../blobs/durable-files.ts'
import { encodeTable } from '../parquet/encode.ts'
import { sourceRows } from '../parquet/row-groups.ts'
import { ARTIFACTS } from '../parquet/schemas.ts'
import type { ArtifactTable } from './artifact-tables.ts'
import type { FileEntry } from './documents/manifest.ts'

/**
 * Encodes one table into its file in `directory` and fsyncs it; gives the file's line of the manifest. Runs in any
 * thread; memory as `encodeTable`. Throws `storage_full`, `storage_error` or `schema_violation`; a file begun stays
 * for the caller to remove with its folder.
 */
export async function writeArtifact(directory: string, { artifact, source }: ArtifactTable): Promise<FileEntry> {
  const schema = ARTIFACTS[artifact]
  const path = join(directory, schema.file)
  const hash = createHash('sha256')
  let bytes = 0
  await withStorageErrors(path, async () => {
    const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW)
    try {
      for await (const piece of encodeTable(schema, source)) {
        hash.update(piece)
        bytes += piece.length
        await writeAll(file, piece)
      }
      await file.sync()
    } finally {
      await file.close()
    }
  })
  return { name: schema.file, rows: sourceRows(schema, source), bytes, sha256: hash.digest('hex') }
}

/** A write may take a part only, as on a disk with little room; the next one then says what is wrong. */
async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten
}
