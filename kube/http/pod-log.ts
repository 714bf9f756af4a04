import { StringDecoder } from 'node:string_decoder'
import type { Clock } from '../clock.ts'
import { KubeError } from '../kube-error.ts'
import type { Access } from './access.ts'
import { errorOf } from './answer.ts'
import { DEADLINE_MS } from './caller.ts'
import { objectPath } from './paths.ts'
import { brokenBy, readBody, send } from './transport.ts'

export interface PodLogQuery {
  readonly namespace: string
  readonly name: string
  /** Needed where the pod has several. */
  readonly container?: string
  /** Goes on until the container ends. */
  readonly follow?: boolean
  /** Only so many of the last lines. */
  readonly tailLines?: number
  /** Ends the reading without an error. */
  readonly signal?: AbortSignal
}

/** The log as pieces of text, cut anywhere but inside a character. A log may be silent for as long as it likes. */
export async function* readPodLog(access: Access, clock: Clock, query: PodLogQuery): AsyncGenerator<string> {
  const { namespace, name, container, follow, tailLines, signal } = query
  const what = `log of pod ${namespace}/${name}`
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries({ container, follow, tailLines }))
    if (value !== undefined) search.set(key, String(value))
  const path = `${objectPath({ kind: 'Pod', namespace, name }, '/log')}?${search}`
  const abort = new AbortController()
  const stop = () => abort.abort()
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  const cancel = clock.after(DEADLINE_MS, stop)
  const decoder = new StringDecoder('utf8')
  try {
    const answer = await send(access, { method: 'GET', path, accept: '*/*', signal: abort.signal })
    if (answer.statusCode !== 200) throw errorOf(what, answer.statusCode ?? 0, answer.headers, await readBody(answer))
    cancel()
    for await (const chunk of answer as AsyncIterable<Buffer>) yield decoder.write(chunk)
  } catch (cause) {
    if (signal?.aborted) return
    if (abort.signal.aborted) throw new KubeError('timeout', `${what}: no answer in ${DEADLINE_MS / 1000} s`, { cause })
    throw brokenBy(cause)
  } finally {
    cancel()
    signal?.removeEventListener('abort', stop)
    abort.abort()
  }
}
