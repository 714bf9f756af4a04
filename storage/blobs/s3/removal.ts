import { MANIFEST_FILE } from '../result-path.ts'
import type { Bucket } from './bucket.ts'

/** What stands in place of a manifest while its attempt is being removed. */
const NOTHING = new Uint8Array(0)

/**
 * Takes an attempt out of sight: an empty manifest hides it from readers, and keeps every writer of the attempt out
 * until it is gone. `ifAbsent`: only where no manifest is; false when there is one.
 */
export async function hideAttempt(bucket: Bucket, attempt: string, when: 'ifAbsent' | 'always'): Promise<boolean> {
  const done = await bucket.put(`${attempt}/${MANIFEST_FILE}`, { bytes: NOTHING }, { ifAbsent: when === 'ifAbsent' })
  return done === 'stored'
}

/** Removes a hidden attempt, its manifest last. Killed in between, it stays hidden until it is removed again. */
export async function removeHidden(bucket: Bucket, attempt: string): Promise<void> {
  const manifest = `${attempt}/${MANIFEST_FILE}`
  for await (const { key } of bucket.list(`${attempt}/`)) if (key !== manifest) await bucket.remove(key)
  await bucket.remove(manifest)
}
