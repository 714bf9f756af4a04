import { readFileSync } from 'node:fs'
import { Agent, request as httpsRequest } from 'node:https'
import { pki } from './certificates.ts'
import { addressOf, type Place } from './place.ts'

/** What a call carries besides its path. */
export interface ApiCall {
  /** Sent as JSON when it is an object, as it is when it is text. */
  readonly body?: object | string
  /** Of the body; `application/json` unless told. */
  readonly contentType?: string
}

/** The status code and the JSON of an answer. */
export interface ApiAnswer {
  readonly status: number
  // The shape is whatever the path gives: a test reads what it asked for.
  // biome-ignore lint/suspicious/noExplicitAny: the shape is whatever the path gives
  readonly json: any
}

/** One call to the API server. */
export type ApiRequest = (method: string, path: string, call?: ApiCall) => Promise<ApiAnswer>

const LIMIT_MS = 20_000

/** Calls the API server as the administrator, over connections that are kept: a few milliseconds a call. */
export function apiOf(place: Place): ApiRequest {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 8,
    ca: readFileSync(pki(place, 'ca.crt')),
    cert: readFileSync(pki(place, 'admin.crt')),
    key: readFileSync(pki(place, 'admin.key')),
  })
  const ask: ApiRequest = (method, path, { body, contentType = 'application/json' } = {}) =>
    new Promise((resolve, reject) => {
      const text = typeof body === 'object' ? JSON.stringify(body) : body
      // Node gives a DELETE no length by itself, and its body would be read as the next request of the connection.
      const length = text === undefined ? {} : { 'content-length': String(Buffer.byteLength(text)) }
      const typed = text === undefined ? {} : { 'content-type': contentType }
      const headers = { accept: 'application/json', ...typed, ...length }
      const at = { host: addressOf(place, 1), port: 6443, agent, method, path, headers, timeout: LIMIT_MS }
      const call = httpsRequest(at, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('error', reject)
        answer.on('end', () => {
          const said = Buffer.concat(parts).toString()
          const isJson = answer.headers['content-type']?.startsWith('application/json') === true
          resolve({ status: answer.statusCode ?? 0, json: isJson ? JSON.parse(said) : said })
        })
      })
      call.on('timeout', () => call.destroy(new Error(`${method} ${path} had no answer within ${LIMIT_MS / 1000} s`)))
      call.on('error', reject)
      call.end(text)
    })
  return (method, path, call) =>
    ask(method, path, call).catch((error: NodeJS.ErrnoException) => {
      // A kept connection may be closed at its other end in this very moment: a question is put again on a new one.
      if (method !== 'GET' || !['ECONNRESET', 'EPIPE'].includes(error.code ?? '')) throw error
      return ask(method, path, call)
    })
}
