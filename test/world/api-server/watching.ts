import { sleep } from '../../../kube/clock.ts'
import type { WatchEvent, WatchQuery } from '../../../kube/cluster.ts'
import { KINDS } from '../../../kube/kinds.ts'
import { KubeError } from '../../../kube/kube-error.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { metadataOf, selects } from './selectors.ts'
import type { HistoryEvent } from './state.ts'
import type { Server } from './writes.ts'

/** What the way from the server to a watcher does to events. */
export interface WatchWeather {
  /** How long an event is under way. */
  lagMs(event: WatchEvent): number
  /** Whether it is delivered twice. */
  twice(event: WatchEvent): boolean
}

export const CALM: WatchWeather = { lagMs: () => 0, twice: () => false }

/** A watch that is open: the world can cut it. */
export interface OpenWatch {
  readonly query: WatchQuery
  /** Ends it with an error, or quietly. */
  cut(error: KubeError | null): void
}

/** Time between bookmarks of the real server's watch cache, and how long before its end a watch gets a last one. */
const BOOKMARK_MS = 60_000
const LAST_BOOKMARK_MS = 2000

/** Events of a selection from a version on, as one connection carries them. */
export async function* watchEvents(
  server: Server,
  query: WatchQuery,
  weather: WatchWeather,
  opened: (watch: OpenWatch) => () => void,
): AsyncGenerator<WatchEvent> {
  const { state, clock } = server
  const matches = selects(query)
  const stop = new AbortController()
  let error: KubeError | null = null
  let wake = () => {}
  const end = (with_: KubeError | null) => {
    error = with_
    stop.abort()
    wake()
  }
  const close = opened({ query, cut: end })
  const unhear = state.onWrite((event) => event.kind === query.kind && wake())
  const quiet = () => end(null)
  query.signal?.addEventListener('abort', quiet, { once: true })
  let bookmarkDue = false
  const mark = () => {
    bookmarkDue = true
    wake()
  }
  const endMs = query.timeoutSeconds === undefined ? null : query.timeoutSeconds * 1000
  const cancelEnd = endMs === null ? () => {} : clock.after(endMs, quiet)
  const cancelLast = endMs === null ? () => {} : clock.after(endMs - LAST_BOOKMARK_MS, mark)
  let at = query.resourceVersion === '0' ? state.version() : Number(query.resourceVersion)
  const cancelBookmark = every(server, BOOKMARK_MS, mark)
  try {
    if (query.signal?.aborted) return
    while (!stop.signal.aborted) {
      const events = state.eventsAfter(query.kind, at)
      if (events === null) throw tooOld(query)
      const readAt = clock.monotonic()
      for (const event of events) {
        at = event.version
        const told = seenBy(event, matches)
        if (told === null) continue
        const sent = query.metadataOnly ? { ...told, object: metadataOf(told.object) } : told
        const waitMs = readAt + weather.lagMs(sent) - clock.monotonic()
        if (waitMs > 0) await sleep(clock, waitMs, stop.signal)
        if (stop.signal.aborted) break
        yield sent
        if (weather.twice(sent)) yield sent
      }
      if (events.length > 0 || stop.signal.aborted) continue
      if (bookmarkDue) {
        bookmarkDue = false
        at = state.version()
        yield { type: 'BOOKMARK', object: bookmark(query, at) }
        continue
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    if (error !== null) throw error
  } finally {
    close()
    unhear()
    cancelEnd()
    cancelLast()
    cancelBookmark()
    query.signal?.removeEventListener('abort', quiet)
  }
}

/** What a write looks like through a selection: an object that no longer matches reads as deleted, as it was before. */
function seenBy(event: HistoryEvent, matches: (object: KubeObject) => boolean): WatchEvent | null {
  const was = event.before !== null && matches(event.before)
  const is = event.after !== null && matches(event.after)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: event.after! }
  if (!was) return null
  const metadata = { ...event.before!.metadata, resourceVersion: String(event.version) }
  return { type: 'DELETED', object: { ...event.before!, metadata } }
}

function bookmark(query: WatchQuery, version: number): KubeObject {
  const { apiVersion, kind } = KINDS[query.kind]
  return { apiVersion, kind, metadata: { name: '', resourceVersion: String(version) } }
}

export function tooOld(query: WatchQuery): KubeError {
  return new KubeError('gone', `too old resource version: ${query.resourceVersion}`, { status: 410 })
}

function every(server: Server, ms: number, run: () => void): () => void {
  let cancel = () => {}
  const again = () => {
    cancel = server.clock.after(ms, () => {
      run()
      again()
    })
  }
  again()
  return () => cancel()
}
