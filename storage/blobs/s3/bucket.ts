import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { HindcastError } from '../../../core/errors.ts'
import { invariant } from '../../../core/invariant.ts'
import { withStorageErrors } from '../durable-files.ts'
import type { S3Config } from '../store-config.ts'
import { type Body, type CallLimits, createSender, hashOf, type Send } from './request.ts'
import { type ListedObject, type ListPage, parseListing } from './xml.ts'

/** Objects below a store's prefix; keys are given without it. Throws as `Send`. */
export interface Bucket {
  /** `exists`: only with `ifAbsent`; nothing was replaced. */
  put(key: string, body: Body, options?: { readonly ifAbsent: boolean }): Promise<'stored' | 'exists'>
  /** The whole object; null when it is not there. Throws `storage_error` on one larger than `maxBytes`. */
  get(key: string, maxBytes: number): Promise<Buffer | null>
  /** Size, and the SHA-256 that `put` noted; null when it is not there. */
  head(key: string): Promise<{ readonly size: number; readonly sha256: string | null } | null>
  /** Into a new file, at most `maxBytes`; gives its SHA-256, null when the object is not there. */
  download(key: string, path: string, maxBytes: number): Promise<string | null>
  /** Every object whose key begins so and could be ours, by key. */
  list(prefix: string): AsyncGenerator<ListedObject, void>
  /** Names of the folders right below a prefix that is empty or ends in "/". */
  folders(prefix: string): AsyncGenerator<string, void>
  /** Also fine when it is not there. */
  remove(key: string): Promise<void>
}

/** Nothing else is ever part of a key, so nothing needs an escape, and none of it leads out of the prefix. */
const KEY = /^(?:(?!\.{1,2}\/)[A-Za-z0-9_.-]+\/)*(?!\.{1,2}$)[A-Za-z0-9_.-]+$/
const MAX_KEY = 1024
/** A page has at most 1,000 keys of at most 1,024 bytes. */
const MAX_LISTING_BYTES = 8 * 2 ** 20
/** What one PUT may carry. */
export const MAX_OBJECT_BYTES = 5 * 2 ** 30
const NOTED_HASH = 'x-amz-meta-sha256'

export function openBucket(config: S3Config, limits?: CallLimits): Bucket {
  const send = createSender(config, limits)
  const full = (key: string) => checkedKey(`${config.prefix}${key}`)
  return {
    put: (key, body, options) => put(send, full(key), body, options?.ifAbsent === true),
    get: async (key, maxBytes) => {
      const name = `s3://${config.bucket}/${full(key)}`
      return (await send({ method: 'GET', key: full(key) }, (body) => wholeBody(body, maxBytes, name))).result
    },
    head: async (key) => {
      const { status, headers } = await send({ method: 'HEAD', key: full(key) }, async () => null)
      if (status !== 200) return null
      return { size: Number(headers['content-length']), sha256: headers[NOTED_HASH]?.toString() ?? null }
    },
    download: (key, path, maxBytes) => download(send, { key: full(key), path, maxBytes }),
    list: async function* (prefix) {
      for await (const { objects } of pages(send, config, prefix)) {
        for (const object of objects) {
          const key = object.key.slice(config.prefix.length)
          // A key with other characters is not ours: never read, never removed.
          if (KEY.test(object.key)) yield { ...object, key }
        }
      }
    },
    folders: async function* (prefix) {
      invariant(prefix === '' || prefix.endsWith('/'), `"${prefix}" names a folder`)
      for await (const { folders } of pages(send, config, prefix, '/')) {
        for (const folder of folders) yield folder.slice(config.prefix.length + prefix.length, -1)
      }
    },
    remove: async (key) => {
      await send({ method: 'DELETE', key: full(key) }, async () => null)
    },
  }
}

async function put(send: Send, key: string, body: Body, ifAbsent: boolean): Promise<'stored' | 'exists'> {
  if ('file' in body && body.size > MAX_OBJECT_BYTES) {
    throw new HindcastError('storage_error', `${body.file} has ${body.size} bytes; an object has at most 5 GiB`)
  }
  const headers = {
    'content-type': 'application/octet-stream',
    [NOTED_HASH]: hashOf(body),
    ...(ifAbsent ? { 'if-none-match': '*' } : {}),
  }
  const { status } = await send({ method: 'PUT', key, headers, body }, async () => null)
  if (status === 404) throw new HindcastError('storage_error', `PUT ${key}: the bucket does not exist`)
  return status === 412 ? 'exists' : 'stored'
}

async function wholeBody(body: IncomingMessage, maxBytes: number, name: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > maxBytes) throw tooLarge(name, maxBytes)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

async function download(
  send: Send,
  { key, path, maxBytes }: { key: string; path: string; maxBytes: number },
): Promise<string | null> {
  // A further try begins the file anew: the one before may have left a part.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW
  // Only what the disk says is final: what the network says may be different at the next try.
  const onDisk = <T>(work: () => Promise<T>) => withStorageErrors(path, work)
  const { result } = await send({ method: 'GET', key, expectedBytes: maxBytes }, async (body) => {
    const file = await onDisk(() => open(path, flags, 0o600))
    const hash = createHash('sha256')
    let bytes = 0
    try {
      for await (const piece of body as AsyncIterable<Buffer>) {
        bytes += piece.length
        if (bytes > maxBytes) throw tooLarge(key, maxBytes)
        hash.update(piece)
        await onDisk(() => file.writeFile(piece))
      }
      return hash.digest('hex')
    } finally {
      await file.close()
    }
  })
  return result
}

async function* pages(
  send: Send,
  config: S3Config,
  prefix: string,
  delimiter?: string,
): AsyncGenerator<ListPage, void> {
  let token: string | null = null
  do {
    const query: Record<string, string> = {
      'list-type': '2',
      'encoding-type': 'url',
      prefix: `${config.prefix}${prefix}`,
      ...(delimiter === undefined ? {} : { delimiter }),
      ...(token === null ? {} : { 'continuation-token': token }),
    }
    const name = `the listing of s3://${config.bucket}/${config.prefix}${prefix}`
    const { result }: { readonly result: ListPage | null } = await send(
      { method: 'GET', key: null, query },
      async (body) => listing(await wholeBody(body, MAX_LISTING_BYTES, name), name),
    )
    if (result === null) throw new HindcastError('storage_error', `${name}: the bucket does not exist`)
    yield result
    token = result.next
  } while (token !== null)
}

function listing(body: Buffer, name: string): ListPage {
  try {
    return parseListing(body.toString('utf8'))
  } catch (error) {
    throw new HindcastError('storage_error', `${name} is damaged: ${(error as Error).message}`)
  }
}

function checkedKey(key: string): string {
  invariant(key.length <= MAX_KEY && KEY.test(key), `"${key}" is a key of plain names`)
  return key
}

function tooLarge(name: string, maxBytes: number): HindcastError {
  return new HindcastError('storage_error', `${name} is larger than ${maxBytes} bytes`)
}
