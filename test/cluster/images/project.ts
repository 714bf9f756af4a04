import { createHash } from 'node:crypto'
import {
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { withLock } from '../lock.ts'
import { run } from '../run.ts'
import { ensureBaseImage } from './base.ts'
import { buildah, CLUSTER_CACHE } from './buildah.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const ARCHIVES = join(CLUSTER_CACHE, 'archives')
const LIMIT_MS = 20 * 60_000
/** Archives kept of each image: those of other branches, and of the last few edits. */
const KEPT = 3
/** Where Debian keeps the certificates that programs trust. */
const TRUSTED = '/etc/ssl/certs/ca-certificates.crt'

export type ProjectImage = 'runner' | 'operator'

/** An image of this checkout: the name that pods ask for, and the archive that nodes import. */
export interface BuiltImage {
  readonly name: string
  readonly archive: string
}

/** Builds the images from the project's Dockerfiles where this state of the checkout was never built here. */
export async function ensureImages(which: readonly ProjectImage[] = ['runner', 'operator']): Promise<BuiltImage[]> {
  await ensureBaseImage()
  const built: BuiltImage[] = []
  // One after the other: the second finds the layer of npm packages that the first made.
  for (const image of which) built.push(await ensureImage(image))
  return built
}

function ensureImage(image: ProjectImage): Promise<BuiltImage> {
  return withLock(join(CLUSTER_CACHE, `${image}.lock`), LIMIT_MS, async () => {
    const key = keyOf(image)
    const name = `localhost/hindcast-${image}:${key}`
    const archive = join(ARCHIVES, `${image}-${key}.tar`)
    if (!existsSync(archive)) await build(image, name, archive)
    // The newest are kept, and what is used now counts among them: other checkouts build here too.
    else utimesSync(archive, new Date(), new Date())
    return { name, archive }
  })
}

/** Of every file that the Dockerfile may copy. */
function keyOf(image: ProjectImage): string {
  const dockerfile = readFileSync(join(ROOT, `Dockerfile.${image}`), 'utf8')
  const copied = [...dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap((match) => match[1]!.split(' '))
  const hash = createHash('sha256').update(process.version).update(dockerfile)
  const files = copied.flatMap((path) => [path, ...globSync(`${path}/**/*`, { cwd: ROOT })])
  for (const file of files.filter((path) => !path.endsWith('.test.ts')).sort()) {
    const text = readOrNull(join(ROOT, file))
    if (text !== null) hash.update(file).update(text)
  }
  return hash.digest('hex').slice(0, 12)
}

function readOrNull(file: string): Buffer | null {
  try {
    return readFileSync(file)
  } catch {
    // A folder, which has no text of its own.
    return null
  }
}

async function build(image: ProjectImage, name: string, archive: string): Promise<void> {
  mkdirSync(ARCHIVES, { recursive: true })
  const log = join(ARCHIVES, `${image}.log`)
  const flags = ['--layers', '--pull=never', '--isolation', 'chroot', ...(await machineMounts())]
  const dockerfile = join(ROOT, `Dockerfile.${image}`)
  await buildah(['bud', ...flags, '-f', dockerfile, '-t', name, ROOT], { log, limitMs: LIMIT_MS })
  const unfinished = `${archive}.${process.pid}`
  await buildah(['push', '-q', name, `docker-archive:${unfinished}:${name}`], { log })
  renameSync(unfinished, archive)
  forgetOld(image)
}

/**
 * What the build borrows of this machine, and no image keeps: its certificates (where connections are looked into,
 * npm would trust nobody), the registry it is set to, and npm's cache.
 */
async function machineMounts(): Promise<string[]> {
  const ask = async (key: string) => (await run(['npm', 'config', 'get', key], { cwd: ROOT })).trim()
  const npmrc = join(CLUSTER_CACHE, 'npmrc')
  const trusts = existsSync(TRUSTED)
  const settings = [`registry=${await ask('registry')}`, ...(trusts ? [`cafile=${TRUSTED}`] : [])]
  writeFileSync(npmrc, `${settings.join('\n')}\n`)
  const cache = await ask('cache')
  mkdirSync(cache, { recursive: true })
  const mounts = [`${npmrc}:/root/.npmrc:ro`, `${cache}:/root/.npm`, ...(trusts ? [`${TRUSTED}:${TRUSTED}:ro`] : [])]
  return mounts.flatMap((mount) => ['-v', mount])
}

function forgetOld(image: ProjectImage): void {
  const archives = readdirSync(ARCHIVES)
    .filter((file) => file.startsWith(`${image}-`) && file.endsWith('.tar'))
    .map((file) => join(ARCHIVES, file))
  const byAge = archives.map((file) => ({ file, at: statSync(file).mtimeMs })).sort((a, b) => b.at - a.at)
  for (const { file } of byAge.slice(KEPT)) rmSync(file, { force: true })
}
