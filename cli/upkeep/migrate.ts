import { HindcastError } from '../../core/errors.ts'
import { invariant } from '../../core/invariant.ts'
import { formatResultPath } from '../../storage/blobs/result-path.ts'
import { processIdentity } from '../../storage/ledger/process-identity.ts'
import type { RecoveredRow } from '../../storage/out/recover.ts'
import type { Context } from '../context.ts'
import { type Home, withHome, workerId } from '../local/open-home.ts'
import { newResourceOfManifest } from '../local/records.ts'
import { storeOf } from '../local/result-files.ts'
import { print } from '../output/print.ts'

interface Recovery {
  readonly recovered: readonly string[]
  /** Results whose files do not add up, with what is wrong. */
  readonly refused: readonly { readonly path: string; readonly why: string }[]
}

const CORRUPT_EXIT = 4

interface MigrateFlags {
  readonly recover?: boolean
  readonly database?: boolean
  readonly adopt?: boolean
}

/** `hindcast migrate`: of this home, or with `--database` of a cluster. */
export async function migrate(context: Context, flags: MigrateFlags): Promise<number> {
  if (flags.database !== true) return await migrateHome(context, flags)
  return await (await import('./migrate-database.ts')).migrateDatabase(context, flags)
}

/** Opening a home applies its migrations; `--recover` writes records that were lost. */
async function migrateHome(context: Context, flags: { recover?: boolean }): Promise<number> {
  return await withHome(context, { create: true }, async (home) => {
    const { schemaVersion } = await home.ledger.installation()
    const recovery = flags.recover === true ? await recover(home) : { recovered: [], refused: [] }
    await print(context, { home: home.dir, schemaVersion, ...recovery }, () => textOf(home, schemaVersion, recovery))
    return recovery.refused.length > 0 ? CORRUPT_EXIT : 0
  })
}

function textOf(home: Home, schemaVersion: number, { recovered, refused }: Recovery): string {
  const lines = [
    `the records of ${home.dir} are at version ${schemaVersion}`,
    ...recovered.map((path) => `recovered ${path}`),
    ...refused.map(({ path, why }) => `not recovered ${path}: ${why}`),
  ]
  return `${lines.join('\n')}\n`
}

/** The newest result of every job that has files and no record becomes a record again. */
async function recover(home: Home): Promise<Recovery> {
  const { recoverRow } = await import('../../storage/out/recover.ts')
  const { ROWS_FILE } = await import('../../storage/out/kinds/recover-rows.ts')
  const { readArtifact, verifyFiles } = await import('../../storage/out/verify-files.ts')
  const { parseManifest } = await import('../../storage/out/documents/manifest.ts')
  const store = storeOf(home)
  const recovered: string[] = []
  const refused: { path: string; why: string }[] = []
  for (const attempt of await lostResults(home)) {
    const path = formatResultPath(attempt)
    try {
      const directory = await store.open(path)
      const manifestText = await readArtifact(directory, 'manifest.json')
      const manifest = parseManifest(manifestText)
      await verifyFiles(directory, manifest)
      const rowsFile = ROWS_FILE[manifest.kind]
      const summary = await readArtifact(directory, 'summary.json')
      const rows = rowsFile === undefined ? null : await readArtifact(directory, rowsFile)
      await write(home, recoverRow({ manifest: manifestText, summary, rows }), manifestText)
      recovered.push(path)
    } catch (thrown) {
      if (!(thrown instanceof HindcastError) || thrown.code === 'invariant_violated') throw thrown
      refused.push({ path, why: thrown.message })
    }
  }
  return { recovered, refused }
}

interface LostResult {
  readonly namespace: string
  readonly jobId: string
  readonly attempt: number
}

async function lostResults(home: Home): Promise<LostResult[]> {
  const newest = new Map<string, LostResult>()
  for await (const entry of storeOf(home).entries()) {
    if (entry.kind !== 'attempt') continue
    const { namespace, jobId, attempt } = entry
    if (attempt > (newest.get(jobId)?.attempt ?? 0)) newest.set(jobId, { namespace, jobId, attempt })
  }
  const known = await home.ledger.knownJobs([...newest.keys()])
  return [...newest.values()].filter(({ jobId }) => !known.has(jobId))
}

/** T1, T11, T2 and T3 with the values of the files: the record that the attempt would have left. */
async function write({ ledger, epoch }: Home, row: RecoveredRow, manifestText: string): Promise<void> {
  const { jobId, priority, timeoutSeconds, deletionPolicy } = row.job
  await ledger.insertJob(row.job)
  const resource = await ledger.upsertResource(newResourceOfManifest(row.job, nameIn(manifestText)))
  const opened = await ledger.openAttempt({
    steer: { jobId, attempt: 0, epoch },
    atLeast: row.attempt,
    cause: 'first',
    holderUid: resource.uid,
    deletionPolicy,
    jobName: null,
    priority,
    memoryLimitBytes: null,
    cpu: null,
    timeoutSeconds,
    parallelism: 1,
  })
  invariant(opened !== 'fenced' && opened.attempt === row.attempt, `attempt ${row.attempt} of ${jobId} can be opened`)
  const claim = { jobId, attempt: row.attempt, index: 0, podUid: processIdentity() }
  await ledger.claim({ ...claim, workerId: workerId(), nodeName: null })
  const done = await ledger.complete(claim, row.completion)
  invariant(done !== 'fenced', `the recovered record of ${jobId} can be completed`)
  await ledger.finishResource(resource.uid, 'completed')
}

function nameIn(manifestText: string): string {
  return String((JSON.parse(manifestText) as { name?: unknown }).name)
}
