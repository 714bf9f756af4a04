import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { KubeError } from '../kube-error.ts'
import type { Access } from './access.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the root of the API server, query and all. */
  readonly path: string
  readonly accept: string
  readonly contentType?: string
  readonly body?: string
  readonly signal: AbortSignal
}

/** Nothing we ask for is larger: a page of 500 objects at etcd's limit would be, and is refused. */
const MOST_BODY_BYTES = 256 * 1024 * 1024

/** Sends a request and gives the head of the answer; the body is still to be read. Throws `unavailable`. */
export async function send(access: Access, request: HttpRequest): Promise<IncomingMessage> {
  const options = await beforeAbort(access.options(), request.signal)
  const url = new URL(access.server + request.path)
  const open = url.protocol === 'http:' ? requestHttp : requestHttps
  const headers = {
    ...options.headers,
    accept: request.accept,
    'user-agent': 'hindcast',
    ...(request.body === undefined
      ? {}
      : { 'content-type': request.contentType, 'content-length': Buffer.byteLength(request.body) }),
  }
  return new Promise((resolve, reject) => {
    const call = open(url, { ...options, method: request.method, headers, signal: request.signal })
    call.on('response', resolve)
    call.on('error', (cause) => reject(brokenBy(cause)))
    call.end(request.body)
  })
}

/** Credentials may come over a network of their own, which may hang like any other. */
function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new KubeError('unavailable', 'no credentials in time'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** The whole body as text. Throws `unavailable` when it is cut, `garbage` when it is too large. */
export async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MOST_BODY_BYTES) throw new KubeError('garbage', `an answer larger than ${MOST_BODY_BYTES} bytes`)
      chunks.push(chunk)
    }
  } catch (cause) {
    throw brokenBy(cause)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** A failure below HTTP in our words. */
export function brokenBy(cause: unknown): KubeError {
  if (cause instanceof KubeError) return cause
  const { code, message } = cause as NodeJS.ErrnoException
  return new KubeError('unavailable', `no connection to the API server: ${code ?? message}`, { cause })
}
