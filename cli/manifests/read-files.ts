import { open } from 'node:fs/promises'
import { formatIsoDate } from '../../core/dates.ts'
import type { Request } from '../../core/request.ts'
import { MAX_TEXT_BYTES, type Problem, readManifest } from '../../crds/index.ts'
import type { Context } from '../context.ts'

/** Every document of every file, in the order of the command; requests only of documents without a problem. */
export interface ReadFiles {
  readonly requests: readonly FileRequest[]
  readonly problems: readonly Problem[]
  /** What deserves a second look but stops nothing. */
  readonly warnings: readonly Problem[]
}

export interface FileRequest {
  readonly file: string
  /** Line of its `kind`. */
  readonly line: number
  readonly request: Request
}

const STANDARD_INPUT = '-'
const MS_PER_DAY = 86_400_000

/** Reads and validates files; a file that cannot be read is a problem like any other, so that all are reported. */
export async function readFiles(context: Context, files: readonly string[]): Promise<ReadFiles> {
  const today = formatIsoDate(Math.floor(context.now() / MS_PER_DAY))
  const requests: FileRequest[] = []
  const problems: Problem[] = []
  const warnings: Problem[] = []
  for (const file of files) {
    const bytes = await readBytes(file)
    if (!(bytes instanceof Uint8Array)) {
      problems.push(bytes)
      continue
    }
    const read = readManifest(bytes, { file, today })
    problems.push(...read.problems)
    warnings.push(...read.warnings)
    requests.push(...read.requests.map((request, at) => ({ file, line: read.lines[at] ?? 1, request })))
  }
  return { requests, problems, warnings }
}

async function readBytes(file: string): Promise<Uint8Array | Problem> {
  const fault = (message: string): Problem => ({ code: 'usage', message, file, line: 1, column: 1, pointer: '' })
  try {
    return file === STANDARD_INPUT ? await readBounded(process.stdin) : await readFileBounded(file)
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'ENOENT') return fault('there is no such file')
    if (code === 'EISDIR') return fault('it is a folder; name the manifests in it')
    return fault(`it cannot be read (${code ?? String(thrown)})`)
  }
}

async function readFileBounded(file: string): Promise<Uint8Array> {
  await using handle = await open(file)
  if ((await handle.stat()).isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' })
  return await readBounded(handle.createReadStream({ autoClose: false }))
}

/** The beginning of a stream: no more than readManifest needs in order to refuse it for its size. */
async function readBounded(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of stream) {
    parts.push(part)
    size += part.byteLength
    if (size >= MAX_TEXT_BYTES) break
  }
  return Buffer.concat(parts)
}
