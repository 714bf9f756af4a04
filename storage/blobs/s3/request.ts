import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import aws4 from 'aws4'
import { HindcastError } from '../../../core/errors.ts'
import type { S3Config } from '../store-config.ts'
import { codeOfError } from './xml.ts'

/** What is sent. A file goes as a stream; its hash is signed, so that the server refuses what it did not get whole. */
export type Body =
  | { readonly bytes: Uint8Array }
  | { readonly file: string; readonly size: number; readonly sha256: string }

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE'
  /** Below the bucket; null: the bucket itself. Of characters that need no escape. */
  readonly key: string | null
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Body
  /** Bytes that the answer may have, for its deadline. */
  readonly expectedBytes?: number
}

/** An answer of the server that is no failure of ours or its own: 2xx, 304, 404, 412. */
export interface S3Answer<Result> {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** What `consume` made of a 2xx body; null for the others. */
  readonly result: Result | null
}

export interface CallLimits {
  /** Pauses between tries, milliseconds; their number is the number of further tries. */
  readonly pausesMs: readonly number[]
  /** Longest silence on a connection. */
  readonly idleMs: number
  /** Longest call without counting its bytes. */
  readonly callMs: number
  /** Slowest transfer that is waited for. */
  readonly bytesPerSecond: number
  /** How long an answer is waited for after the server has closed its ear. */
  readonly earlyAnswerMs: number
}

export const CALL_LIMITS: CallLimits = {
  pausesMs: [200, 800, 2_000, 5_000],
  idleMs: 30_000,
  callMs: 60_000,
  bytesPerSecond: 262_144,
  earlyAnswerMs: 500,
}

/** Statuses that are an answer, not a failure. */
const ANSWERS = new Set([200, 204, 206, 304, 404, 412])
/** Statuses after which the same call may succeed: too many calls, a conflict of two writers, the server's own. */
const PASSING = new Set([408, 409, 425, 429, 500, 502, 503, 504])
/** What servers say of a full store, by status or code. */
const FULL = /^(507|.*(StorageFull|QuotaExceeded|InsufficientStorage).*)$/
/** An answer's error text is read up to this size. */
const MAX_ERROR_BYTES = 65_536

/** Sends one call, again after a passing failure. Throws `storage_error` or `storage_full`, without any key in it. */
export type Send = <Result>(
  request: S3Request,
  consume: (body: IncomingMessage) => Promise<Result>,
) => Promise<S3Answer<Result>>

/** Calls to one bucket over kept connections. */
export function createSender(config: S3Config, limits: CallLimits = CALL_LIMITS): Send {
  const endpoint = new URL(config.endpoint)
  const { Agent } = endpoint.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS })
  return async (request, consume) => {
    const name = `s3://${config.bucket}/${request.key ?? ''}`
    for (let tries = 0; ; tries++) {
      try {
        return await callOnce({ config, endpoint, agent, limits }, request, consume)
      } catch (thrown) {
        if (thrown instanceof HindcastError) throw thrown
        const pause = limits.pausesMs[tries]
        if (pause === undefined || !(thrown instanceof Passing || isNetworkFault(thrown))) {
          throw failure(`${request.method} ${name}`, thrown)
        }
        await sleep(pause)
      }
    }
  }
}

const MAX_SOCKETS = 16

interface Connection {
  readonly config: S3Config
  readonly endpoint: URL
  readonly agent: http.Agent
  readonly limits: CallLimits
}

async function callOnce<Result>(
  connection: Connection,
  request: S3Request,
  consume: (body: IncomingMessage) => Promise<Result>,
): Promise<S3Answer<Result>> {
  const { limits } = connection
  const bytes = (request.expectedBytes ?? 0) + sizeOf(request.body)
  const signal = AbortSignal.timeout(limits.callMs + Math.ceil((bytes / limits.bytesPerSecond) * 1000))
  const response = await exchange(connection, request, signal)
  try {
    const status = response.statusCode ?? 0
    if (!ANSWERS.has(status)) throw refusal(status, await errorText(response))
    const result = status < 300 ? await consume(response) : null
    return { status, headers: response.headers, result }
  } finally {
    // What is left of a body that nobody wants; a connection is used again only after its end.
    response.resume()
  }
}

function exchange(connection: Connection, request: S3Request, signal: AbortSignal): Promise<IncomingMessage> {
  const { endpoint, agent, limits } = connection
  const { request: send } = endpoint.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const sent = send({
      ...signed(connection, request),
      protocol: endpoint.protocol,
      hostname: hostOf(connection.config, endpoint).replace(/^\[|\]$/g, ''),
      port: endpoint.port,
      agent,
      signal,
    })
    sent.setTimeout(limits.idleMs, () => sent.destroy(new Passing(`silent for ${limits.idleMs} ms`)))
    sent.once('response', (response) => resolve(response))
    const { body } = request
    if (body === undefined || 'bytes' in body) {
      sent.once('error', reject)
      sent.end(body?.bytes)
      return
    }
    // A server that refuses early closes its ear while we still talk; its answer is then on the way.
    const late = (error: Error) => void setTimeout(() => reject(error), limits.earlyAnswerMs)
    sent.once('error', late)
    pipeline(createReadStream(body.file, { highWaterMark: 1 << 20 }), sent).catch(late)
  })
}

/** Method, path and headers with the signature of AWS, version 4. */
function signed({ config, endpoint }: Connection, request: S3Request) {
  const { body, key } = request
  const query = Object.entries(request.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  const bucket = config.style === 'path' ? `/${config.bucket}` : ''
  const path = `${bucket}/${key ?? ''}${query.length === 0 ? '' : `?${query.sort().join('&')}`}`
  const host = `${hostOf(config, endpoint)}${endpoint.port === '' ? '' : `:${endpoint.port}`}`
  const { accessKeyId, secretAccessKey, sessionToken } = config.keys()
  const { method, headers } = aws4.sign(
    {
      service: 's3',
      region: config.region,
      method: request.method,
      path,
      host,
      headers: {
        ...request.headers,
        host,
        'x-amz-content-sha256': hashOf(body),
        ...(body === undefined ? {} : { 'content-length': String(sizeOf(body)) }),
      },
    },
    { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) },
  )
  return { method, path, headers }
}

function hostOf(config: S3Config, endpoint: URL): string {
  return config.style === 'host' ? `${config.bucket}.${endpoint.hostname}` : endpoint.hostname
}

function sizeOf(body: Body | undefined): number {
  if (body === undefined) return 0
  return 'bytes' in body ? body.bytes.length : body.size
}

/** SHA-256 of a body as it is signed. */
export function hashOf(body: Body | undefined): string {
  if (body !== undefined && 'file' in body) return body.sha256
  return createHash('sha256')
    .update(body?.bytes ?? '')
    .digest('hex')
}

/** A failure that another try may not meet. */
class Passing extends Error {}

function refusal(status: number, text: string): Error {
  const said = `${status} ${codeOfError(text) ?? ''}`.trim()
  return PASSING.has(status) ? new Passing(said) : new Error(said)
}

async function errorText(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of response) {
    text += String(piece)
    if (text.length > MAX_ERROR_BYTES) break
  }
  return text
}

function isNetworkFault(thrown: unknown): boolean {
  const { code, name, message } = thrown as NodeJS.ErrnoException
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|EAI_AGAIN|ENOTFOUND|HPE_|UND_ERR)/.test(code ?? '') ||
    code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    /^(AbortError|TimeoutError)$/.test(name) ||
    message === 'aborted'
  )
}

/** What the server or the network said, cut down to words that can hold no key and no signature. */
function failure(call: string, thrown: unknown): HindcastError {
  const { code, name, message } = thrown as NodeJS.ErrnoException
  const said = code ?? (/^(AbortError|TimeoutError)$/.test(name) ? 'no answer in time' : message)
  const full = said.split(' ').some((word) => FULL.test(word))
  return new HindcastError(full ? 'storage_full' : 'storage_error', `${call}: ${said}`)
}
