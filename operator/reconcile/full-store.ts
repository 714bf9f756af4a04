import { bytesText } from '../../core/number-text.ts'
import type { StoreWord } from '../../storage/ledger/operator/port.ts'
import { timeOf } from './view.ts'

/** Whoever asks, a store is full with less of it free (platform.md 3.5). */
const LEAST_SHARE = 0.05
/** Once an attempt found no room, there is room again with so much of it free, or … (platform.md 8.4). */
const ROOM_SHARE = 0.2
/** … with so many times the namespace's largest result. */
const ROOM_RESULTS = 2
/**
 * What was said of a store counts so long. While it is full it is measured every minute or so; where nobody measures,
 * the next attempt has to find out.
 */
const COUNTS_MS = 15 * 60_000

/** Why nothing may start that needs room in this store, with what to do; null: room enough, or not known. */
export function whyFull(word: StoreWord, at: { readonly now: number; readonly place: string }): string | null {
  const { measured } = word
  const said = word.committedSince ? null : timeOf(word.fullAt)
  const measuredAt = timeOf(measured?.at ?? null)
  if (at.now - Math.max(said ?? 0, measuredAt ?? 0) > COUNTS_MS) return null
  const until = `nothing starts in namespace ${word.namespace} until a clean-up, which is repeated, finds room`
  const remedy = `${until}: remove what nobody needs there, or make the store larger`
  if (measured === null || measuredAt! < (said ?? 0)) {
    return `${at.place} is full: an attempt found no room at ${new Date(said!).toISOString()}; ${remedy}`
  }
  const { freeBytes, totalBytes } = measured
  if (freeBytes === null || totalBytes === null) return null
  const needed = said === null ? LEAST_SHARE * totalBytes : neededBytes(word, totalBytes)
  if (freeBytes >= needed) return null
  const [free, total, wanted] = [freeBytes, totalBytes, needed].map(bytesText)
  return `${at.place} is full: ${free} of ${total} are free, ${wanted} are needed; ${remedy}`
}

function neededBytes({ largestBytes }: StoreWord, totalBytes: number): number {
  const share = ROOM_SHARE * totalBytes
  return largestBytes === null ? share : Math.min(share, ROOM_RESULTS * largestBytes)
}
