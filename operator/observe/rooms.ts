import type { Clock } from '../../kube/clock.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import type { StoreWord } from '../../storage/ledger/operator/port.ts'
import { whyFull } from '../reconcile/full-store.ts'

/** The room that the stores of the namespaces have, as the record knows it: the operator mounts none. */
export interface Rooms {
  /** Asks the record; what was known stays where it does not answer. Never rejects. */
  look(): Promise<void>
  /** Null: room enough, or not known. */
  whyFull(namespace: string): string | null
  /** An attempt has just ended for want of room: known before the record is asked again. */
  noteFull(namespace: string): void
  /** Namespaces whose store is full. */
  full(): readonly string[]
  /** Of all stores that were measured together, and the least room that one of them has. */
  figures(): { readonly usedBytes: number; readonly freeBytes: number | null }
}

export function watchRooms(of: {
  readonly ledger: Pick<Ledger, 'storeWords'>
  readonly clock: Clock
  /** What people know a store by. */
  readonly place: string
}): Rooms {
  const { ledger, clock, place } = of
  let words = new Map<string, StoreWord>()
  /** Noted since the record was last asked: its answer may not know of them. */
  const noted = new Map<string, StoreWord>()
  /** The database's clock is ahead of this process's monotonic one by so much. */
  let aheadMs = clock.now() - clock.monotonic()

  const now = () => clock.monotonic() + aheadMs
  const why = (word: StoreWord | undefined) => (word === undefined ? null : whyFull(word, { now: now(), place }))
  return {
    async look() {
      noted.clear()
      const found = await ledger.storeWords().catch(() => null)
      if (found === null) return
      aheadMs = Date.parse(found.now) - clock.monotonic()
      words = new Map([...found.words.map((word) => [word.namespace, word] as const), ...noted])
    },
    whyFull: (namespace) => why(words.get(namespace)),
    noteFull(namespace) {
      const { largestBytes, measured } = words.get(namespace) ?? { largestBytes: null, measured: null }
      const fullAt = new Date(now()).toISOString()
      const word = { namespace, fullAt, committedSince: false, largestBytes, measured }
      words.set(namespace, word)
      noted.set(namespace, word)
    },
    full: () => [...words.values()].filter((word) => why(word) !== null).map(({ namespace }) => namespace),
    figures() {
      const measured = [...words.values()].flatMap((word) => word.measured ?? [])
      const free = measured.flatMap(({ freeBytes }) => freeBytes ?? [])
      return {
        usedBytes: measured.reduce((sum, { usedBytes }) => sum + usedBytes, 0),
        freeBytes: free.length === 0 ? null : Math.min(...free),
      }
    },
  }
}
