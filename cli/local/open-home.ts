import { existsSync, statfsSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import type { Ledger } from '../../storage/ledger/ledger.ts'
import { processIdentity } from '../../storage/ledger/process-identity.ts'
import type { Context } from '../context.ts'
import { ensureHome, existingHome, type HomeFolder } from './home-folder.ts'
import { type RunningNote, readNote, takeCancels, writeNote } from './mailbox.ts'
import { settleLost } from './settle-lost.ts'

/** A home that this process holds: its records are open and nobody else can open them. */
export interface Home extends HomeFolder {
  readonly ledger: Ledger
  /** What this process signs the operator's statements with. */
  readonly epoch: number
  /** Tells other processes what this one does. */
  readonly say: (job: RunningNote['job']) => void
  readonly close: () => Promise<void>
}

export interface OpenOptions {
  /** Whether a home that is not there is made. */
  readonly create: boolean
  /** Called when another process holds the home and this one has to wait. */
  readonly onWait?: () => void
}

/**
 * Opens the home of the context, waits for a process that holds it, and settles what killed processes left open.
 * Throws `home_invalid`, `home_busy` or a storage error.
 */
async function openHome(context: Context, options: OpenOptions): Promise<Home> {
  if (options.create) checkRoom(context.home)
  const folder = options.create ? await ensureHome(context.home) : existingHome(context.home)
  const ledger = await openWhenFree(context, folder, options.onWait)
  try {
    const epoch = await ledger.raiseEpoch(workerId())
    await settleLost(ledger, epoch)
    // Requests to a process that is gone mean nothing to this one.
    takeCancels(folder)
    const process = processIdentity()
    const say: Home['say'] = (job) => writeNote(folder, { process, job })
    const close = async () => {
      writeNote(folder, null)
      await ledger.close()
    }
    return { ...folder, ledger, epoch, say, close }
  } catch (thrown) {
    await ledger.close()
    throw thrown
  }
}

/** New records take 40 MB; PGlite says nothing sensible when the disk fills up while it makes them. */
const ROOM_FOR_RECORDS = 64 * 1024 ** 2

function checkRoom(dir: string): void {
  if (existsSync(join(dir, 'ledger'))) return
  let place = dir
  while (!existsSync(place)) place = dirname(place)
  const { bavail, bsize } = statfsSync(place)
  if (bavail * bsize >= ROOM_FOR_RECORDS) return
  const [free, needed] = [bavail * bsize, ROOM_FOR_RECORDS].map((bytes) => Math.floor(bytes / 1024 ** 2))
  throw new HindcastError(
    'storage_full',
    `no space left for ${dir}: new records need ${needed} MiB, ${free} MiB are free`,
  )
}

/** Host and process: the column worker_id on a laptop. */
export function workerId(): string {
  return `${hostname()}:${process.pid}`
}

/** Runs `work` with the home open, and gives it back however that ends. */
export async function withHome<T>(
  context: Context,
  options: OpenOptions,
  work: (home: Home) => Promise<T>,
): Promise<T> {
  const home = await openHome(context, options)
  try {
    return await work(home)
  } finally {
    await home.close()
  }
}

async function openWhenFree(context: Context, folder: HomeFolder, onWait = () => {}): Promise<Ledger> {
  const { openPglite } = await import('../../storage/ledger/open.ts')
  return await openPglite(folder.dir, {
    command: context.invocation,
    waitMs: context.config.lockWaitMs,
    cacheDir: context.config.cacheDir,
    onWait: (holder) => {
      onWait()
      const job = readNote(folder)?.job
      const doing = job == null ? '' : `, at ${job.percent}% of ${job.name}`
      const who = holder === null ? 'another process' : `process ${holder.pid} (${holder.command}${doing})`
      if (!context.quiet) context.terminal.note(`waiting for ${who}\n`)
    },
  })
}
