import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from '../lock.ts'
import { buildah } from './buildah.ts'

/** The image of the process that holds a pod's namespaces, by the name containerd asks for. */
export const PAUSE_IMAGE = 'localhost/hindcast-pause:1'

const LIMIT_MS = 600_000

/** The archive of the pause image, made once of the program among `programs`; it holds nothing else. */
export async function pauseArchive(programs: string): Promise<string> {
  const archive = join(programs, 'pause.tar')
  // Two nodes of one cluster ask at once.
  await withLock(`${archive}.lock`, LIMIT_MS, async () => {
    if (!existsSync(archive)) await make(programs, archive)
  })
  return archive
}

async function make(programs: string, archive: string): Promise<void> {
  const container = await buildah(['from', 'scratch'])
  await buildah(['copy', '-q', container, join(programs, 'pause'), '/pause'])
  await buildah(['config', '--entrypoint', '["/pause"]', container])
  await buildah(['commit', '-q', '--rm', container, PAUSE_IMAGE])
  const unfinished = `${archive}.${process.pid}`
  await buildah(['push', '-q', PAUSE_IMAGE, `docker-archive:${unfinished}:${PAUSE_IMAGE}`])
  renameSync(unfinished, archive)
}
