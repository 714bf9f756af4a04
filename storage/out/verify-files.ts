import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import { sha256Hex } from '../../core/identity.ts'
import { errorCode, storageError } from '../blobs/durable-files.ts'
import type { AttemptPath } from '../blobs/result-path.ts'
import { MANIFEST_FILE, type Manifest, parseManifest } from './documents/manifest.ts'

/**
 * The manifest of an opened attempt. Throws `artifact_corrupt` when it is missing, unreadable, of another job or
 * attempt, or when its hash is not the one the record holds (`expected`, null: not known).
 */
export async function openManifest(directory: string, path: AttemptPath, expected: string | null): Promise<Manifest> {
  const text = await readArtifact(directory, MANIFEST_FILE)
  const found = sha256Hex(text)
  if (expected !== null && found !== expected) {
    throw corrupt(`${MANIFEST_FILE} has the SHA-256 ${found}, but ${expected} was recorded: it was changed`)
  }
  const manifest = parseManifest(text)
  for (const member of ['namespace', 'jobId', 'attempt'] as const) {
    if (manifest[member] !== path[member]) {
      throw corrupt(`${MANIFEST_FILE}: ${member} is "${manifest[member]}", expected "${path[member]}"`)
    }
  }
  return manifest
}

/** Hashes every file of the manifest. Throws `artifact_corrupt` naming the first file that differs or is missing. */
export async function verifyFiles(directory: string, manifest: Manifest): Promise<void> {
  await Promise.all(
    manifest.files.map(async ({ name, bytes, sha256 }) => {
      const path = join(directory, name)
      const size = await stat(path).then((found) => found.size, missing(name))
      if (size !== bytes) throw corrupt(`${name} has ${size} bytes, expected ${bytes}`)
      const found = await hashOf(path).catch(missing(name))
      if (found !== sha256) throw corrupt(`${name} has the SHA-256 ${found}, expected ${sha256}: it was changed`)
    }),
  )
}

/** The text of one small file. Throws `artifact_corrupt` when it is missing. */
export async function readArtifact(directory: string, name: string): Promise<string> {
  return readFile(join(directory, name), 'utf8').catch(missing(name))
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(piece as Uint8Array)
  return hash.digest('hex')
}

function missing(name: string): (error: unknown) => never {
  return (error) => {
    if (errorCode(error) === 'ENOENT') throw corrupt(`${name} is missing`)
    throw storageError(name, error)
  }
}

function corrupt(what: string): HindcastError {
  return new HindcastError('artifact_corrupt', what)
}
