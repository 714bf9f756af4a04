import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { findGo } from './go.ts'

/** Where the program that embeds the API server's validation stands. */
const SOURCE = join(import.meta.dirname, 'structural')
const BUILD_TIMEOUT_MS = 570_000
const ASK_TIMEOUT_MS = 60_000
const MAX_REPLY_BYTES = 64 * 2 ** 20

export interface UpstreamProblem {
  readonly pointer: string
  readonly message: string
}

export interface UpstreamReply {
  readonly definitions: Readonly<Record<string, readonly UpstreamProblem[]>>
  readonly manifests: Readonly<Record<string, readonly UpstreamProblem[]>>
}

export interface UpstreamRequest {
  readonly definitions: Readonly<Record<string, string>>
  readonly manifests: readonly { readonly id: string; readonly text: string; readonly old?: string }[]
}

/** Why the API server's validation cannot be run here; undefined when it can. Fetches what a build needs. */
export function upstreamAbsent(): string | undefined {
  if (existsSync(programPath())) return undefined
  const go = findGo()
  if ('absent' in go) return go.absent
  const { status, stderr } = spawnSync(go.program, ['mod', 'download'], {
    cwd: SOURCE,
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
  })
  return status === 0 ? undefined : `the Go modules cannot be fetched: ${stderr.trim().split('\n').at(-1)}`
}

/** Asks the API server's own code; builds it first where this version of it was never built here. */
export function askUpstream(request: UpstreamRequest): UpstreamReply {
  const program = programPath()
  if (!existsSync(program)) build(program)
  const { status, stdout, stderr } = spawnSync(program, {
    input: JSON.stringify(request),
    encoding: 'utf8',
    timeout: ASK_TIMEOUT_MS,
    maxBuffer: MAX_REPLY_BYTES,
  })
  if (status !== 0) throw new Error(`the validation program failed: ${stderr}`)
  return JSON.parse(stdout) as UpstreamReply
}

/** Outside the checkout, one folder for each state of the sources. */
function programPath(): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(SOURCE).sort()) hash.update(file).update(readFileSync(join(SOURCE, file)))
  return join(homedir(), '.cache', 'hindcast', 'structural', hash.digest('hex').slice(0, 16), 'structural')
}

function build(program: string): void {
  const go = findGo()
  if ('absent' in go) throw new Error(go.absent)
  mkdirSync(join(program, '..'), { recursive: true })
  const unfinished = `${program}.${process.pid}`
  const { status, stderr } = spawnSync(go.program, ['build', '-o', unfinished, '.'], {
    cwd: SOURCE,
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
  })
  if (status !== 0) throw new Error(`the validation program does not build: ${stderr}`)
  renameSync(unfinished, program)
}
