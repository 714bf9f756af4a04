import { createHash } from 'node:crypto'
import { type Clock, microTime } from './clock.ts'
import type { Cluster } from './cluster.ts'
import { KINDS, type KindName } from './kinds.ts'
import { isKubeError } from './kube-error.ts'
import type { KubeObject } from './object.ts'

/** Something worth telling a person who describes the object. */
export interface Happening {
  /** The object it is about, as stored. */
  readonly regarding: KubeObject
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, for machines. */
  readonly reason: string
  /** What was done, CamelCase. */
  readonly action: string
  /** For people; cut and cleaned, so that it may hold what a runner said. */
  readonly note: string
}

export interface RecorderOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  /** `hindcast.dev/operator`, and which of its processes. */
  readonly controller: string
  readonly instance: string
  readonly onTrouble: (error: unknown) => void
}

export interface Recorder {
  /** Returns at once and never throws: an event that cannot be written is told to onTrouble and forgotten. */
  record(happening: Happening): void
  /** Resolves when nothing is being written any more. */
  settled(): Promise<void>
}

/** Events of one object at once, and then one in this time (operator.md 4). */
const BURST = 25
const REFILL_MS = 300_000
/** Objects and events remembered; the oldest is forgotten. */
const MOST_REMEMBERED = 4096
const MOST_NOTE_BYTES = 1024
const NAME_HASH_DIGITS = 16

interface Known {
  count: number
  written: boolean
}

/** Writes events.k8s.io/v1, the same one once with a count, and few of one object. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { cluster, clock } = options
  const buckets = new Map<string, { tokens: number; at: number }>()
  const known = new Map<string, Known>()
  const writing = new Set<Promise<void>>()

  const mayWrite = (uid: string): boolean => {
    const now = clock.monotonic()
    const bucket = buckets.get(uid) ?? { tokens: BURST, at: now }
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS)
    bucket.at = now
    remember(buckets, uid, bucket)
    if (bucket.tokens < 1) return false
    bucket.tokens -= 1
    return true
  }

  async function write(event: KubeObject, seen: Known): Promise<void> {
    if (seen.written) {
      try {
        await repeat(event, seen.count)
        return
      } catch (error) {
        // The server keeps events for an hour: an older one starts anew.
        if (!isKubeError(error, 'not_found')) throw error
        seen.count = 1
      }
    }
    seen.written = true
    try {
      await cluster.create(event)
    } catch (error) {
      if (!isKubeError(error, 'already_exists')) throw error
      // Written before a restart, or by a try whose answer was lost.
      const before = await cluster.get(refOf(event))
      seen.count = ((before.series as { count?: number } | undefined)?.count ?? 1) + 1
      await repeat(event, seen.count)
    }
  }

  async function repeat(event: KubeObject, count: number): Promise<void> {
    await cluster.patch(refOf(event), { series: { count, lastObservedTime: microTime(clock.now()) } })
  }

  return {
    record(happening) {
      const event = eventOf(happening, options)
      const key = `${event.metadata.namespace}/${event.metadata.name}`
      const seen = known.get(key) ?? { count: 0, written: false }
      seen.count += 1
      remember(known, key, seen)
      if (!mayWrite(happening.regarding.metadata.uid ?? key)) return
      const done = write(event, seen)
        .catch((error: unknown) => {
          seen.written = false
          options.onTrouble(error)
        })
        .finally(() => writing.delete(done))
      writing.add(done)
    },
    async settled() {
      while (writing.size > 0) await Promise.all(writing)
    },
  }
}

function eventOf({ regarding, type, reason, action, note }: Happening, options: RecorderOptions): KubeObject {
  const { name, namespace, uid } = regarding.metadata
  const text = cleaned(note)
  const hash = createHash('sha256')
    .update(JSON.stringify([uid, type, reason, text]))
    .digest('hex')
  return {
    apiVersion: KINDS.Event.apiVersion,
    kind: 'Event',
    metadata: { name: `${name}.${hash.slice(0, NAME_HASH_DIGITS)}`, namespace: namespace! },
    eventTime: microTime(options.clock.now()),
    reportingController: options.controller,
    reportingInstance: options.instance,
    regarding: { apiVersion: regarding.apiVersion, kind: regarding.kind, name, namespace, uid },
    type,
    reason,
    action,
    note: text,
  }
}

/** Without control characters, and at most as long as the API takes. */
function cleaned(note: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const plain = note.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim()
  const bytes = Buffer.from(plain)
  if (bytes.length <= MOST_NOTE_BYTES) return plain
  // A character cut in two decodes as U+FFFD.
  return bytes
    .subarray(0, MOST_NOTE_BYTES)
    .toString()
    .replace(/\ufffd+$/, '')
}

function refOf(event: KubeObject) {
  const kind: KindName = 'Event'
  return { kind, namespace: event.metadata.namespace!, name: event.metadata.name }
}

/** Puts a value last, and forgets the first when there are too many. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size > MOST_REMEMBERED) map.delete(map.keys().next().value!)
}
