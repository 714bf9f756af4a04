import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { ENVIRONMENT } from './config.ts'

/** One process from its start to its end. */
export interface Ended {
  readonly seconds: number
  readonly stdout: string
  /** Largest resident set, MiB; null where the process did not report it. */
  readonly peakMib: number | null
}

const PEAK_FD = 3
const REPORTER = `
import { writeSync } from 'node:fs'
process.on('exit', () => writeSync(${PEAK_FD}, String(process.resourceUsage().maxRSS)))`

/** Options of Node that make a process of ours report its peak memory, in KiB, as its last act. */
export const REPORT_PEAK = ['--import', `data:text/javascript,${encodeURIComponent(REPORTER)}`]

/** Runs a command and takes its time. Throws with what it said when it fails. */
export async function timed(command: string, args: readonly string[], cwd?: string): Promise<Ended> {
  const startedAt = performance.now()
  const child = spawn(command, args, { cwd, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const collect = (at: 1 | 2 | 3): (() => string) => {
    const pieces: Buffer[] = []
    child.stdio[at]!.on('data', (piece: Buffer) => pieces.push(piece))
    return () => Buffer.concat(pieces).toString()
  }
  const [stdout, stderr, peak] = [collect(1), collect(2), collect(PEAK_FD)]
  let seconds = 0
  child.on('exit', () => {
    seconds = (performance.now() - startedAt) / 1000
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}\n${stderr()}${stdout()}`)
  return { seconds, stdout: stdout(), peakMib: peak() === '' ? null : Number(peak()) / 1024 }
}
