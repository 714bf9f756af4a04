import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')
const MAIN = join(ROOT, 'cli', 'main.ts')
/** A hung command must fail its test, not the run of all tests. */
const LONGEST_MS = 120_000

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunSettings {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

/** Starts the command line as a process of its own, in a clean environment. */
export function startCli(args: readonly string[], { cwd, env = {} }: RunSettings) {
  const clean = {
    PATH: process.env.PATH,
    HOME: cwd,
    HINDCAST_CACHE: join(ROOT, '.cache', 'homes'),
    // A loaded machine is no fault of the command.
    HINDCAST_LOCK_WAIT_MS: String(LONGEST_MS),
  }
  return spawn(process.execPath, [MAIN, ...args], { cwd, env: { ...clean, ...env }, timeout: LONGEST_MS })
}

/** Runs it to its end. */
export async function cli(args: readonly string[], settings: RunSettings): Promise<Ended> {
  const child = startCli(args, settings)
  child.stdin.end(settings.input ?? '')
  return await ended(child)
}

/** What a started command printed, once it has ended. */
export function ended(child: ReturnType<typeof startCli>): Promise<Ended> {
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
  })
}

/** A folder that is gone when the tests are done. */
export function workFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'hindcast-cli-'))
  return {
    dir,
    path: (name: string) => join(dir, name),
    write: (name: string, text: string | Uint8Array) => {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), text)
      return join(dir, name)
    },
    read: (name: string) => readFileSync(join(dir, name), 'utf8'),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

export type WorkFolder = ReturnType<typeof workFolder>

/** Every file and folder below `dir` with the size of the files, sorted: two of them tell whether anything was left. */
export function listing(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const size = entry.isFile() ? statSync(path).size : 0
      return `${path.slice(dir.length)} ${entry.isFile() ? size : entry.isDirectory() ? 'folder' : 'other'}`
    })
    .sort()
}

/** The text of a manifest; `spec` replaces fields of a sound momentum backtest, an undefined one removes it. */
export function manifest(name: string, spec: Readonly<Record<string, unknown>> = {}): string {
  const sound = { dataset: 'tiny', alpha: MOMENTUM, startDate: '2015-06-01', endDate: '2015-12-31' }
  return document('Backtest', name, { ...sound, ...spec })
}

/** A manifest of any kind, as JSON (which is YAML too). */
export function document(kind: string, name: string, spec: unknown): string {
  return `${JSON.stringify({ apiVersion: 'hindcast.dev/v1alpha1', kind, metadata: { name }, spec }, null, 2)}\n`
}

export const MOMENTUM = { name: 'momentum', parameters: { lookbackDays: 60, skipDays: 5 } }

/** Names and days of the dataset `tiny`: enough for a daily IC, little enough to be made at once. */
export const TINY = ['dataset', 'synth', 'tiny', '--names', '60', '--days', '300', '--seed', '3'] as const
