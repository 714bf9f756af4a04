import type { Clock } from '../clock.ts'
import type { WatchEvent, WatchQuery } from '../cluster.ts'
import { isKubeError, KubeError } from '../kube-error.ts'
import type { KubeObject } from '../object.ts'
import type { Access } from './access.ts'
import { errorOf, errorOfStatus } from './answer.ts'
import { type ClientOptions, DEADLINE_MS, type FinishedCall, JSON_TYPE, jsonOf, listed, nameOf } from './caller.ts'
import { watchPath } from './paths.ts'
import { readBody, send } from './transport.ts'
import { linesOf } from './watch-lines.ts'

/** Silence after which a watch counts as dead; the server sends a bookmark every minute. */
const SILENCE_MS = 90_000
const SILENCE_SPREAD_MS = 30_000
const PARTIAL = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

/** The events of one connection; see Cluster.watch for how it ends. */
export async function* openWatch(
  access: Access,
  options: ClientOptions,
  query: WatchQuery,
): AsyncGenerator<WatchEvent> {
  const { clock, random } = options
  const what = nameOf({ verb: 'watch', ref: listed(query) })
  const abort = new AbortController()
  const stop = () => abort.abort()
  query.signal?.addEventListener('abort', stop, { once: true })
  if (query.signal?.aborted) stop()
  const startedAt = clock.monotonic()
  const finished = (result: FinishedCall['result']) => {
    const tookMs = clock.monotonic() - startedAt
    options.onCall?.({ verb: 'watch', kind: query.kind, result, tookMs, limitedMs: 0, tries: 1 })
  }
  try {
    const answer = await opened(access, query, { clock, what, abort }).catch((error: unknown) => {
      if (isKubeError(error, 'unauthorized')) access.refresh()
      if (!query.signal?.aborted) finished(isKubeError(error) ? error.code : 'garbage')
      throw error
    })
    finished('ok')
    const silenceMs = SILENCE_MS + SILENCE_SPREAD_MS * random()
    for await (const line of linesOf(answer, clock, silenceMs)) yield eventOf(what, line)
  } catch (error) {
    if (!query.signal?.aborted) throw error
  } finally {
    query.signal?.removeEventListener('abort', stop)
    abort.abort()
  }
}

async function opened(
  access: Access,
  query: WatchQuery,
  by: { readonly clock: Clock; readonly what: string; readonly abort: AbortController },
) {
  let late = false
  const cancel = by.clock.after(DEADLINE_MS, () => {
    late = true
    by.abort.abort()
  })
  try {
    const accept = query.metadataOnly ? PARTIAL : JSON_TYPE
    const answer = await send(access, { method: 'GET', path: watchPath(query), accept, signal: by.abort.signal })
    if (answer.statusCode === 200) return answer
    throw errorOf(by.what, answer.statusCode ?? 0, answer.headers, await readBody(answer))
  } catch (error) {
    throw late ? new KubeError('timeout', `${by.what}: no answer in ${DEADLINE_MS / 1000} s`, { cause: error }) : error
  } finally {
    cancel()
  }
}

const EVENT_TYPES = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']

function eventOf(what: string, line: string): WatchEvent {
  const event = jsonOf(what, line) as { type?: unknown; object?: unknown }
  if (event.type === 'ERROR') throw errorOfStatus(what, event.object)
  const object = event.object as KubeObject | undefined
  if (!EVENT_TYPES.includes(event.type as string) || typeof object?.metadata !== 'object')
    throw new KubeError('garbage', `${what}: a line that is no event`)
  return event as WatchEvent
}
