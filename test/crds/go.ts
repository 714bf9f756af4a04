import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An older Go reads no go.mod of today; from this version on it fetches the toolchain a go.mod asks for. */
const SELF_UPDATING_GO = 21
/** What an older Go is asked to fetch, from the same module proxy as every module. */
const TOOLCHAIN = 'golang.org/toolchain@v0.0.1-go1.25.0'
const FETCH_TIMEOUT_MS = 300_000
/** Module archives carry no mode bits. */
const EXECUTABLE = 0o755

/** A Go that builds the program, or why there is none. */
export type Go = { readonly program: string } | { readonly absent: string }

/** The Go on the PATH, or, where that is too old (Debian 12 has 1.19), one fetched by it. */
export function findGo(): Go {
  // Never in the folder of a go.mod: an old Go would stumble over it.
  const { status, stdout } = spawnSync('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
    encoding: 'utf8',
    cwd: tmpdir(),
  })
  if (status !== 0) return { absent: 'there is no Go on the PATH' }
  const [version = '', os = '', processor = ''] = stdout.trim().split('\n')
  const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? 0)
  return minor >= SELF_UPDATING_GO ? { program: 'go' } : fetchToolchain({ os, processor, version })
}

type Host = { readonly os: string; readonly processor: string; readonly version: string }

function fetchToolchain({ os, processor, version }: Host): Go {
  const module = `${TOOLCHAIN}.${os}-${processor}`
  const { status, stdout, stderr } = spawnSync('go', ['mod', 'download', '-json', module], {
    encoding: 'utf8',
    cwd: tmpdir(),
    timeout: FETCH_TIMEOUT_MS,
  })
  if (status !== 0) return { absent: `Go is ${version}, too old, and cannot fetch another: ${stderr.trim()}` }
  const { Dir: folder } = JSON.parse(stdout) as { Dir: string }
  for (const part of ['bin', `pkg/tool/${os}_${processor}`]) {
    for (const file of programsIn(join(folder, part))) chmodSync(file, EXECUTABLE)
  }
  return { program: join(folder, 'bin', 'go') }
}

function programsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [join(folder, entry.name)] : [],
  )
}
