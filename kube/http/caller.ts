import { type Clock, fullJitter, type Random, sleep } from '../clock.ts'
import { KINDS, type KindName } from '../kinds.ts'
import { isKubeError, KubeError, type KubeErrorCode } from '../kube-error.ts'
import type { ObjectRef } from '../object.ts'
import type { Access } from './access.ts'
import { errorOf } from './answer.ts'
import { createLimiter, type Rate } from './limiter.ts'
import { type HttpRequest, readBody, send } from './transport.ts'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'replace' | 'patch' | 'applyStatus' | 'delete'

/** One call that ended, for the metrics. A watch ends here when it is open. */
export interface FinishedCall {
  readonly verb: Verb
  readonly kind: KindName
  readonly result: 'ok' | KubeErrorCode
  readonly tookMs: number
  /** Of it, time spent waiting for our own limiter. */
  readonly limitedMs: number
  /** Tries, from 1. */
  readonly tries: number
}

export interface ClientOptions {
  readonly clock: Clock
  readonly random: Random
  readonly rate?: Rate
  /** Who the API server records as writer. */
  readonly managers?: { readonly object: string; readonly status: string }
  readonly onCall?: (call: FinishedCall) => void
}

/** Longest a call may take, in ms, its retries and waits among it (operator.md 4). */
export const DEADLINE_MS = 10_000
const LIST_DEADLINE_MS = 60_000
/** A lease is worth nothing late. */
const LEASE_DEADLINE_MS = 4000
const MOST_TRIES = 5
const FIRST_BACKOFF_MS = 100
/** Well above goal 1 of operator.md 5 (100 resources a second, some five calls each), below what a server takes. */
const DEFAULT_RATE: Rate = { perSecond: 1000, burst: 1000 }
const RETRIED: readonly KubeErrorCode[] = ['too_many_requests', 'unavailable', 'unauthorized']

/** What we send and take unless a call says otherwise. */
export const JSON_TYPE = 'application/json'

/** One call as it goes over the wire. */
export interface CallPlan {
  readonly verb: Verb
  readonly ref: ObjectRef
  readonly method: HttpRequest['method']
  readonly path: string
  readonly accept?: string
  readonly contentType?: string
  readonly body?: unknown
}

/** Makes calls: limited, retried, and ended by their deadline. */
export function createCaller(access: Access, options: ClientOptions): (plan: CallPlan) => Promise<unknown> {
  const { clock, random } = options
  const limiter = createLimiter(clock, options.rate ?? DEFAULT_RATE)

  return async (plan) => {
    const what = nameOf(plan)
    const startedAt = clock.monotonic()
    const deadlineMs = deadlineOf(plan)
    const abort = new AbortController()
    const cancel = clock.after(deadlineMs, () => abort.abort())
    let limitedMs = 0
    let tries = 0
    let result: FinishedCall['result'] = 'ok'
    try {
      for (;;) {
        tries += 1
        // A lease must not wait behind a burst of other calls.
        if (plan.ref.kind !== 'Lease') limitedMs += await limiter.take(abort.signal)
        try {
          return await once(access, plan, what, abort.signal)
        } catch (error) {
          if (abort.signal.aborted)
            throw new KubeError('timeout', `${what}: no answer in ${deadlineMs / 1000} s`, { cause: error })
          if (!isKubeError(error)) throw error
          // What a lost answer hid: the object was deleted by the try before.
          if (plan.verb === 'delete' && tries > 1 && error.code === 'not_found') return {}
          if (error.code === 'unauthorized') access.refresh()
          const waitMs = Math.max(error.retryAfterMs ?? 0, fullJitter(random, FIRST_BACKOFF_MS * 2 ** tries))
          const most = error.code === 'unauthorized' ? 2 : MOST_TRIES
          const late = clock.monotonic() - startedAt + waitMs >= deadlineMs
          if (!RETRIED.includes(error.code) || tries >= most || late) throw error
          await sleep(clock, waitMs, abort.signal)
        }
      }
    } catch (error) {
      result = isKubeError(error) ? error.code : 'garbage'
      throw error
    } finally {
      cancel()
      const tookMs = clock.monotonic() - startedAt
      options.onCall?.({ verb: plan.verb, kind: plan.ref.kind, result, tookMs, limitedMs, tries })
    }
  }
}

async function once(access: Access, plan: CallPlan, what: string, signal: AbortSignal): Promise<unknown> {
  const answer = await send(access, {
    method: plan.method,
    path: plan.path,
    accept: plan.accept ?? JSON_TYPE,
    contentType: plan.contentType ?? JSON_TYPE,
    ...(plan.body === undefined ? {} : { body: JSON.stringify(plan.body) }),
    signal,
  })
  const text = await readBody(answer)
  const status = answer.statusCode ?? 0
  if (status < 200 || status >= 300) throw errorOf(what, status, answer.headers, text)
  return jsonOf(what, text)
}

/** How errors name a call: verb, plural, namespace and name. */
export function nameOf({ verb, ref }: Pick<CallPlan, 'verb' | 'ref'>): string {
  const at = [ref.namespace, ref.name].filter((part) => part !== '').join('/')
  return `${verb} ${KINDS[ref.kind].plural}${at === '' ? '' : ` ${at}`}`
}

/** The place of a list or a watch. */
export function listed(query: { readonly kind: KindName; readonly namespace: string | null }): ObjectRef {
  return { kind: query.kind, namespace: query.namespace ?? '', name: '' }
}

/** An answer as an object; throws `garbage`. */
export function jsonOf(what: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {}
  throw new KubeError('garbage', `${what}: an answer that is no JSON object`)
}

function deadlineOf(plan: CallPlan): number {
  if (plan.verb === 'list') return LIST_DEADLINE_MS
  return plan.ref.kind === 'Lease' ? LEASE_DEADLINE_MS : DEADLINE_MS
}
