import type { BlobStore } from '../blobs/store.ts'
import type { Ledger, RowlessResult } from '../ledger/ledger.ts'
import { ROWS_FILE, recoverRows } from './kinds/recover-rows.ts'
import { openResult } from './read-result.ts'
import { checkListed } from './recover.ts'
import { readArtifact } from './verify-files.ts'

const BATCH = 100

export interface FillReport {
  /** Results whose windows or intervals are in the record again, as `{namespace}/{job_id}/{attempt}`. */
  readonly filled: readonly string[]
  /** Those that stay without, and why. */
  readonly unfilled: readonly { readonly path: string; readonly why: string }[]
}

/**
 * Adds the windows and intervals that the record lacks, from the files of their results: a record that was pending was
 * written from a termination message, which does not hold them. Never throws for one result; what cannot be read is in
 * `unfilled`, and tried again next time.
 */
export async function fillRows(
  ports: {
    readonly store: Pick<BlobStore, 'open'>
    readonly ledger: Pick<Ledger, 'rowlessResults' | 'fillRows'>
    /** The one namespace whose store this is. */
    readonly namespace: string
  },
  { dryRun }: { readonly dryRun: boolean },
): Promise<FillReport> {
  const { store, ledger, namespace } = ports
  const filled: string[] = []
  const unfilled: FillReport['unfilled'][number][] = []
  const seen = new Set<string>()
  // What stays without rows comes again with the next query: the limit grows by it, so that it hides nobody.
  for (let more = true; more; ) {
    const found = await ledger.rowlessResults(BATCH + seen.size)
    const fresh = found.filter(({ path }) => !seen.has(path))
    more = fresh.length > 0
    for (const result of fresh) {
      seen.add(result.path)
      if (result.namespace !== namespace) continue
      try {
        if (dryRun || (await fill(store, ledger, result)) === 'filled') filled.push(result.path)
      } catch (error) {
        unfilled.push({ path: result.path, why: (error as Error).message })
      }
    }
  }
  return { filled, unfilled }
}

async function fill(
  store: Pick<BlobStore, 'open'>,
  ledger: Pick<Ledger, 'fillRows'>,
  result: RowlessResult,
): ReturnType<Ledger['fillRows']> {
  const { path: resultPath, manifestSha256 } = result
  const { directory, manifest } = await openResult(store, { resultPath, manifestSha256 }, { verify: false })
  const file = ROWS_FILE[manifest.kind] ?? ''
  const text = await readArtifact(directory, file)
  checkListed(manifest, file, text)
  return ledger.fillRows(result, recoverRows(manifest, text))
}
