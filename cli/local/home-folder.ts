import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { HindcastError } from '../../core/errors.ts'
import { createFile } from '../../storage/blobs/durable-files.ts'

/** Layout of a home; raised when an older hindcast could not work with it. */
const HOME_VERSION = 1

/** What a home has inside, by name: anything else makes a folder somebody else's. */
const OWN_NAMES =
  /^(?:\.?version.*|ledger(?:\.new)?|home\.(?:lock|holder).*|datasets|artifacts|requests|(?:serve|running)\.json.*)$/
const PRIVATE = 0o700

/** The paths of a home. */
export interface HomeFolder {
  readonly dir: string
  readonly datasetsDir: string
  readonly artifactsDir: string
  /** What the process that holds the home is doing. */
  readonly runningFile: string
  /** Where other processes leave requests for it. */
  readonly requestsDir: string
}

export function homeFolder(dir: string): HomeFolder {
  return {
    dir,
    datasetsDir: join(dir, 'datasets'),
    artifactsDir: join(dir, 'artifacts'),
    runningFile: join(dir, 'running.json'),
    requestsDir: join(dir, 'requests'),
  }
}

/** Makes the home if there is none, and checks it if there is one. Throws `home_invalid` or a storage error. */
export async function ensureHome(dir: string): Promise<HomeFolder> {
  const folder = homeFolder(dir)
  if (!exists(dir)) makeFolder(dir)
  if (checkVersion(dir) === null) {
    refuseForeign(dir)
    const scratch = join(dir, `.version-${process.pid}`)
    await createFile(join(dir, 'version'), `${HOME_VERSION}\n`, scratch)
  }
  for (const inside of [folder.datasetsDir, folder.artifactsDir]) mkdirSync(inside, { recursive: true, mode: PRIVATE })
  return folder
}

/**
 * Runs `work` in a home that is made where there is none, and takes the new one away again when the work fails: a bad
 * input leaves nothing behind. Opens no records.
 */
export async function inNewHome<T>(dir: string, work: (folder: HomeFolder) => Promise<T>): Promise<T> {
  const firstMade = firstMissing(dir)
  const folder = await ensureHome(dir)
  try {
    return await work(folder)
  } catch (thrown) {
    if (firstMade !== null) removeIfUnused(folder, firstMade)
    throw thrown
  }
}

/** As `mkdir -p`, step by step: the recursive form hides why it failed. */
function makeFolder(dir: string): void {
  if (!existsSync(dirname(dir))) makeFolder(dirname(dir))
  try {
    mkdirSync(dir, { mode: PRIVATE })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
  }
}

/** The uppermost folder of a path that is not there yet; null when all of it is. */
function firstMissing(dir: string): string | null {
  let missing: string | null = null
  for (let path = dir; !existsSync(path); path = dirname(path)) missing = path
  return missing
}

/** Removes a home that holds nothing but what `ensureHome` made. */
function removeIfUnused({ dir, datasetsDir, artifactsDir }: HomeFolder, firstMade: string): void {
  try {
    rmdirSync(datasetsDir)
    rmdirSync(artifactsDir)
    rmSync(join(dir, 'version'))
    for (let path = dir; ; path = dirname(path)) {
      rmdirSync(path)
      if (path === firstMade) return
    }
  } catch {
    // Somebody else uses it by now: then it is theirs.
  }
}

/** Refuses what cannot be a home, and says whether there is one. Writes nothing. */
export function checkHome(dir: string): { readonly folder: HomeFolder; readonly made: boolean } {
  const made = exists(dir)
  if (made && checkVersion(dir) === null) refuseForeign(dir)
  return { folder: homeFolder(dir), made }
}

/** The home as it is; throws `home_invalid` when there is none. Writes nothing. */
export function existingHome(dir: string): HomeFolder {
  if (!exists(dir) || checkVersion(dir) === null) {
    throw new HindcastError(
      'home_invalid',
      `there is no Hindcast home at ${dir}; "hindcast dataset import" makes one, and --home names another`,
    )
  }
  return homeFolder(dir)
}

function exists(dir: string): boolean {
  const found = statSync(dir, { throwIfNoEntry: false })
  if (found === undefined) {
    if (lstatSync(dir, { throwIfNoEntry: false }) === undefined) return false
    throw new HindcastError('home_invalid', `the home ${dir} is a symbolic link to nothing`)
  }
  if (!found.isDirectory()) throw new HindcastError('home_invalid', `the home ${dir} is a file; a home is a folder`)
  return true
}

/** The version of the home, or null where the folder has none. */
function checkVersion(dir: string): number | null {
  const file = join(dir, 'version')
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return null
  const text = readFileSync(file, 'utf8').trim()
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new HindcastError('home_invalid', `${file} does not hold a version number; the home ${dir} is damaged`)
  }
  if (Number(text) > HOME_VERSION) {
    throw new HindcastError(
      'home_invalid',
      `the home ${dir} has version ${text}; this hindcast knows homes up to version ${HOME_VERSION}, use a newer one`,
    )
  }
  return Number(text)
}

function refuseForeign(dir: string): void {
  const foreign = readdirSync(dir).find((name) => !OWN_NAMES.test(name))
  if (foreign === undefined) return
  throw new HindcastError(
    'home_invalid',
    `${dir} is no Hindcast home and not empty (it holds "${foreign}"); name an empty or a new folder with --home`,
  )
}
