import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'

/** How a program is run: what it reads, how long it may take, and where its whole output is kept. */
export interface RunOptions {
  readonly input?: string
  /** After it the program is killed and the step fails, naming the limit. */
  readonly limitMs?: number
  /** A file that gets everything the program prints; an error names it. */
  readonly log?: string
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

/** What a program printed, and its exit code (null: killed). */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const DEFAULT_LIMIT_MS = 120_000
const TAIL_CHARACTERS = 2_000

/** Groups of programs that run now. They do not outlive this process. */
const running = new Set<number>()
process.once('exit', () => {
  for (const pid of running) killGroup(pid)
})

/** Runs a program to its end and gives what it printed, whatever its exit code; throws when it passes its limit. */
export async function tryRun(command: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [program, ...args] = command as [string, ...string[]]
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that the limit ends what the program started as well.
    detached: true,
  })
  if (child.pid !== undefined) running.add(child.pid)
  const log = options.log === undefined ? null : createWriteStream(options.log, { flags: 'a' })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => {
    out.push(chunk)
    log?.write(chunk)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    err.push(chunk)
    log?.write(chunk)
  })
  // A program that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  const limitMs = options.limitMs ?? DEFAULT_LIMIT_MS
  let late = false
  const timer = setTimeout(() => {
    late = true
    killGroup(child.pid)
  }, limitMs)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).finally(() => {
    clearTimeout(timer)
    running.delete(child.pid ?? 0)
    log?.end()
  })
  const ran = { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
  if (late) throw failure(command, `did not end within ${limitMs / 1000} s`, ran, options.log)
  return ran
}

/** Runs a program that must succeed and gives its standard output. The error of a failure ends with its output. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const ran = await tryRun(command, options)
  if (ran.code !== 0) throw failure(command, `ended with ${ran.code}`, ran, options.log)
  return ran.stdout
}

function failure(command: readonly string[], what: string, ran: Ran, log: string | undefined): Error {
  const text = `${ran.stderr}${ran.stderr === '' ? ran.stdout : ''}`.trim().slice(-TAIL_CHARACTERS)
  const where = log === undefined ? '' : ` (all of it in ${log})`
  return new Error(`${command.join(' ').slice(0, 300)}\n${what}${where}: ${text}`)
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It ended at that very moment.
  }
}
