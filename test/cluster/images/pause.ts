import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { buildah } from './buildah.ts'

/** The image of the process that holds a pod's namespaces, by the name containerd asks for. */
export const PAUSE_IMAGE = 'localhost/hindcast-pause:1'

/** The archive of the pause image, made once of the program among `programs`; it holds nothing else. */
export async function pauseArchive(programs: string): Promise<string> {
  const archive = join(programs, 'pause.tar')
  if (existsSync(archive)) return archive
  const container = await buildah(['from', 'scratch'])
  await buildah(['copy', '-q', container, join(programs, 'pause'), '/pause'])
  await buildah(['config', '--entrypoint', '["/pause"]', container])
  await buildah(['commit', '-q', '--rm', container, PAUSE_IMAGE])
  const unfinished = `${archive}.${process.pid}`
  await buildah(['push', '-q', PAUSE_IMAGE, `docker-archive:${unfinished}:${PAUSE_IMAGE}`])
  renameSync(unfinished, archive)
  return archive
}
