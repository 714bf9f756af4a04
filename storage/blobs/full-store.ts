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
  const message = `${store.locate(resultPath)} was not stored: the store is full, ${roomText(room, thrown)}; ${REMEDY}`
  return new HindcastError('storage_full', message, { cause: thrown })
}

const REMEDY = 'remove what nobody needs there or make the store larger'

/** A bucket has its own words, a volume its figures. */
function roomText({ freeBytes, totalBytes }: StoreRoom, { message }: HindcastError): string {
  if (freeBytes === null || totalBytes === null) return message
  return `${bytesText(freeBytes)} of ${bytesText(totalBytes)} are free`
}
