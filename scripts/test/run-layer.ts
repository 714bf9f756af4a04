import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import type { Layer } from '../../test/layers.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** Of one failure's text; a difference of two large values says enough in its beginning. */
const MOST_CHARACTERS = 3_000

/** A case that failed, told again at the end of the output, where a reader of a long log looks first. */
export interface Failure {
  /** From the top of the checkout; null: the layer is a program, not files. */
  readonly file: string | null
  readonly name: string
  readonly text: string
}

/** What a layer ran. */
export interface Tally {
  readonly layer: string
  readonly passed: number
  readonly failures: readonly Failure[]
  /** Why a case or the layer was left out, distinct texts. */
  readonly skipped: readonly string[]
  readonly seconds: number
}

/** Runs a layer, printing its cases as they end. */
export async function runLayer(layer: Layer): Promise<Tally> {
  const started = performance.now()
  const counts = layer.command === undefined ? await runFiles(layer) : runCommand(layer, layer.command)
  return { layer: layer.name, ...counts, seconds: (performance.now() - started) / 1000 }
}

type Counts = Pick<Tally, 'passed' | 'failures' | 'skipped'>

function runCommand({ name }: Layer, command: readonly string[]): Counts {
  const [program, ...args] = command as [string, ...string[]]
  const { status } = spawnSync(join(ROOT, 'node_modules/.bin', program), args, { cwd: ROOT, stdio: 'inherit' })
  if (status === 0) return { passed: 1, failures: [], skipped: [] }
  return { passed: 0, failures: [{ file: null, name, text: `${command.join(' ')} ended with ${status}` }], skipped: [] }
}

/** What stands beside the others runs at the same time, and is told after them, so that no two stories mix. */
async function runFiles(layer: Layer): Promise<Counts> {
  const beside = filesOf(layer.beside)
  const others = filesOf(layer.files).filter((file) => !beside.includes(file))
  const told: string[] = []
  const lanes = await Promise.all([
    runLane(layer, others, (text) => process.stdout.write(text)),
    runLane(layer, beside, (text) => told.push(text)),
  ])
  for (const text of told) process.stdout.write(text)
  return {
    passed: lanes.reduce((sum, { passed }) => sum + passed, 0),
    failures: lanes.flatMap(({ failures }) => failures),
    skipped: [...new Set(lanes.flatMap(({ skipped }) => skipped))],
  }
}

const filesOf = (globs: readonly string[] = []): string[] =>
  globSync(globs, { cwd: ROOT, exclude: (name) => name.includes('node_modules') })

async function runLane({ oneByOne }: Layer, files: readonly string[], tell: (text: string) => void): Promise<Counts> {
  let passed = 0
  const failures: Failure[] = []
  const skipped = new Set<string>()
  // Without files the runner would look for some of its own.
  if (files.length === 0) return { passed, failures, skipped: [] }
  // Left to itself the runner keeps a core free: on two cores that is one file at a time.
  const concurrency = oneByOne ? 1 : availableParallelism()
  const stream = run({ files: files.map((file) => join(ROOT, file)), concurrency })
  stream.on('test:pass', (event) => {
    if (event.skip !== undefined) skipped.add(`${event.name}: ${event.skip}`)
    else if (event.details.type !== 'suite') passed += 1
  })
  stream.on('test:fail', ({ name, file, details }) => {
    // A suite fails with its cases, which have been told.
    if ((details.error as Partial<Record<'failureType', string>>).failureType === 'subtestsFailed') return
    failures.push({ file: file === undefined ? null : relative(ROOT, file), name, text: textOf(details.error) })
  })
  for await (const text of stream.compose(spec())) tell(text as string)
  return { passed, failures, skipped: [...skipped] }
}

function textOf(error: Error): string {
  const cause = error.cause instanceof Error ? error.cause : error
  return (cause.stack ?? cause.message).slice(0, MOST_CHARACTERS)
}
