import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { findGo } from './go.ts'

const BUILD_TIMEOUT_MS = 570_000
const ASK_TIMEOUT_MS = 300_000
const MAX_REPLY_BYTES = 64 * 2 ** 20

/** A Go program of the tests: JSON in, JSON out. */
export interface GoProgram<Request, Reply> {
  /** Why it cannot be run here; undefined when it can. Fetches what a build needs. */
  absent(): string | undefined
  /** Builds it first where this version of it was never built here. */
  ask(request: Request): Reply
}

/** The program whose sources stand in that folder. */
export function goProgram<Request, Reply>(source: string): GoProgram<Request, Reply> {
  return {
    absent() {
      if (existsSync(programPath(source))) return undefined
      const go = findGo()
      if ('absent' in go) return go.absent
      const { status, stderr } = spawnSync(go.program, ['mod', 'download'], {
        cwd: source,
        encoding: 'utf8',
        timeout: BUILD_TIMEOUT_MS,
      })
      return status === 0 ? undefined : `the Go modules cannot be fetched: ${stderr.trim().split('\n').at(-1)}`
    },
    ask(request) {
      const program = programPath(source)
      if (!existsSync(program)) build(source, program)
      const { status, stdout, stderr } = spawnSync(program, {
        input: JSON.stringify(request),
        encoding: 'utf8',
        timeout: ASK_TIMEOUT_MS,
        maxBuffer: MAX_REPLY_BYTES,
      })
      if (status !== 0) throw new Error(`the program ${basename(source)} failed: ${stderr}`)
      return JSON.parse(stdout) as Reply
    },
  }
}

/** Outside the checkout, one folder for each state of the sources. */
function programPath(source: string): string {
  const name = basename(source)
  const hash = createHash('sha256')
  for (const file of readdirSync(source).sort()) hash.update(file).update(readFileSync(join(source, file)))
  return join(homedir(), '.cache', 'hindcast', name, hash.digest('hex').slice(0, 16), name)
}

function build(source: string, program: string): void {
  const go = findGo()
  if ('absent' in go) throw new Error(go.absent)
  mkdirSync(join(program, '..'), { recursive: true })
  const unfinished = `${program}.${process.pid}`
  const { status, stderr } = spawnSync(go.program, ['build', '-o', unfinished, '.'], {
    cwd: source,
    encoding: 'utf8',
    timeout: BUILD_TIMEOUT_MS,
  })
  if (status !== 0) throw new Error(`the program ${basename(source)} does not build: ${stderr}`)
  renameSync(unfinished, program)
}
