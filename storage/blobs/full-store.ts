import { HindcastError } from '../../core/errors.ts'
import { bytesText } from '../../core/number-text.ts'
import type { BlobStore, StoreRoom } from './store.ts'

/** A store that cannot say, or has no limit. */
export const ROOM_UNKNOWN: StoreRoom = { freeBytes: null, totalBytes: null }

/**
 * What was thrown; a `storage_full` in words that people know the store by, with the room there is now. Ask before what
 * was staged is removed, which makes room again.
 */
export async function explainFull(thrown: unknown, store: BlobStore, resultPath: string): Promise<unknown> {
  if (!(thrown instanceof HindcastError) || thrown.code !== 'storage_full') return thrown
  const room = await store.room().catch(() => ROOM_UNKNOWN)
  const message = `${store.locate(resultPath)} was not stored, ${roomText(room)}; ${FULL_REMEDY} (${thrown.message})`
  return new HindcastError('storage_full', message, { cause: thrown })
}

/** What to do about a store without room, for messages. */
export const FULL_REMEDY = 'remove what nobody needs there or make the store larger, then try again'

function roomText({ freeBytes, totalBytes }: StoreRoom): string {
  if (freeBytes === null || totalBytes === null) return 'the store is full'
  return `the store is full: ${bytesText(freeBytes)} of ${bytesText(totalBytes)} are free`
}
