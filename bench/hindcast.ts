import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from './config.ts'
import { type Ended, REPORT_PEAK, timed } from './processes.ts'

const ROOT = join(import.meta.dirname, '..')
export const LAUNCHER = join(ROOT, 'hindcast')
const BUILT = join(ROOT, 'dist/hindcast.js')

/** A home of its own, on the disk of the cache; `remove` when done. */
export interface BenchHome {
  readonly dir: string
  readonly remove: () => void
  readonly run: (...args: readonly string[]) => Promise<Ended>
}

/** Builds what `./hindcast` runs; the measured processes start the built program themselves. */
export async function build(): Promise<void> {
  await timed(LAUNCHER, ['--version'])
}

/** Runs the built program. */
export function hindcast(args: readonly string[], nodeOptions: readonly string[] = []): Promise<Ended> {
  return timed(process.execPath, [...nodeOptions, BUILT, ...args])
}

/** `peak`: its processes report their peak memory. */
export function newHome({ peak = false } = {}): BenchHome {
  mkdirSync(CACHE, { recursive: true })
  const dir = mkdtempSync(join(CACHE, 'home-'))
  return {
    dir,
    remove: () => rmSync(dir, { recursive: true, force: true }),
    run: (...args) => hindcast(['--home', dir, ...args], peak ? REPORT_PEAK : []),
  }
}

/** A dataset and its first and last day. */
export interface Span {
  readonly dataset: string
  readonly first: string
  readonly last: string
}

/** Work W as a manifest. Each namespace is another job of the same computation, so nothing is ever reused. */
export function workManifest(home: BenchHome, { dataset, first, last }: Span, namespace: string): string {
  const path = join(home.dir, '..', `work-${namespace}-${process.pid}.yaml`)
  writeFileSync(
    path,
    `apiVersion: hindcast.dev/v1alpha1
kind: Backtest
metadata: {name: work-w, namespace: ${namespace}}
spec:
  dataset: ${dataset}
  alpha: {name: momentum, parameters: {lookbackDays: 252, skipDays: 21}}
  startDate: "${first}"
  endDate: "${last}"
  decayHorizons: [1, 2, 5, 10, 20, 60]
`,
  )
  return path
}

let count = 0

/** One run of work W as a command, from its start to its end, in a job of its own. */
export async function runWork(home: BenchHome, span: Span, ...flags: readonly string[]): Promise<WorkRun> {
  const namespace = `bench-${++count}`
  const manifest = workManifest(home, span, namespace)
  try {
    const ended = await home.run('run', manifest, '-o', 'json', '-q', ...flags)
    return workRun(ended)
  } finally {
    rmSync(manifest, { force: true })
  }
}

/** The same job again, on so many engine threads. */
export async function runAgain(home: BenchHome, { jobId }: WorkRun, threads: number): Promise<WorkRun> {
  return workRun(await home.run('rerun', jobId, '--threads', String(threads), '-o', 'json', '-q'))
}

function workRun(ended: Ended): WorkRun {
  const [record] = JSON.parse(ended.stdout) as { jobId: string; reused: boolean; resultPath: string }[]
  if (record === undefined || record.reused) throw new Error('the run found a result: it measured nothing')
  const listed = JSON.parse(readFileSync(join(record.resultPath, 'manifest.json'), 'utf8')) as Pick<WorkRun, 'files'>
  return { ...ended, jobId: record.jobId, files: listed.files }
}

/** A run with what it left. */
export interface WorkRun extends Ended {
  readonly jobId: string
  readonly files: readonly { readonly name: string; readonly sha256: string }[]
}
