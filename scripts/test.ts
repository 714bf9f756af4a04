import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { parseArgs } from 'node:util'
import { LAYERS, type Layer } from '../test/layers.ts'
import { prepareMachine } from './prepare-machine.ts'

/**
 * `npm test`: every layer of test/layers.ts, one after the other, and a line for each that says what it ran. Where
 * this is root on Debian whatever a layer needs is installed first, and a skipped case or a layer with fewer cases
 * than its floor (test/floors.json) is a failure; elsewhere it is said plainly and left out.
 */
const root = join(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    layer: { type: 'string', multiple: true },
    long: { type: 'boolean' },
    'write-floors': { type: 'boolean' },
  },
})
if (values.long) process.env.HINDCAST_TEST_LONG = '1'

interface Tally {
  readonly layer: string
  readonly passed: number
  readonly failed: number
  /** Why a case or the layer was left out, distinct texts. */
  readonly skipped: readonly string[]
  readonly seconds: number
}

const chosen = LAYERS.filter((layer) => values.layer === undefined || values.layer.includes(layer.name))
if (chosen.length === 0) {
  console.error(`no such layer; known: ${LAYERS.map((layer) => layer.name).join(', ')}`)
  process.exit(2)
}

const strict = prepareMachine(chosen.flatMap((layer) => layer.debianPackages ?? []))
const preparing = startPreparing()
const tallies: Tally[] = []
for (const layer of chosen) {
  console.log(`\n── ${layer.name}: ${layer.answers}`)
  const started = performance.now()
  const counts = layer.command === undefined ? await runFiles(layer) : runCommand(layer.command)
  tallies.push({ layer: layer.name, seconds: (performance.now() - started) / 1000, ...counts })
}
for (const child of preparing) child.kill()
process.exitCode = report(tallies) ? 0 : 1

/** What takes long starts at once; a layer that needs it waits for it, and tells what went wrong with it. */
function startPreparing(): ChildProcess[] {
  const scripts = strict ? chosen.flatMap((layer) => layer.prepare ?? []) : []
  return scripts.map((script) => spawn(process.execPath, [join(root, script)], { cwd: root, stdio: 'ignore' }))
}

function runCommand(command: readonly string[]): Pick<Tally, 'passed' | 'failed' | 'skipped'> {
  const [program, ...args] = command as [string, ...string[]]
  const { status } = spawnSync(join(root, 'node_modules/.bin', program), args, { cwd: root, stdio: 'inherit' })
  return { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: [] }
}

async function runFiles(layer: Layer): Promise<Pick<Tally, 'passed' | 'failed' | 'skipped'>> {
  const files = globSync(layer.files ?? [], { cwd: root, exclude: (name) => name.includes('node_modules') })
  let passed = 0
  let failed = 0
  const skipped = new Set<string>()
  const stream = run({ files: files.map((file) => join(root, file)), concurrency: layer.oneByOne ? 1 : true })
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return
    if (event.skip !== undefined) skipped.add(`${event.name}: ${event.skip}`)
    else passed += 1
  })
  stream.on('test:fail', () => {
    failed += 1
  })
  for await (const text of stream.compose(spec())) process.stdout.write(text as string)
  return { passed, failed, skipped: [...skipped] }
}

/** Prints one line a layer and the closing line; false when anything failed or, where strict, was left out. */
function report(done: readonly Tally[]): boolean {
  const floorsFile = join(root, 'test/floors.json')
  const floors = JSON.parse(readFileSync(floorsFile, 'utf8')) as Record<string, number>
  const wrong: string[] = []
  console.log('\n── what ran')
  for (const { layer, passed, failed, skipped, seconds } of done) {
    const left = skipped.length > 0 ? `, ${skipped.length} left out` : ''
    console.log(`${layer.padEnd(10)} ${passed} passed, ${failed} failed${left}  ${seconds.toFixed(1)} s`)
    for (const reason of skipped) console.log(`           left out: ${reason}`)
    if (failed > 0) wrong.push(`${layer}: ${failed} failed`)
    if (strict && skipped.length > 0) wrong.push(`${layer}: a case was left out on a machine that can run it`)
    if (strict && passed < (floors[layer] ?? 1))
      wrong.push(`${layer}: ${passed} cases, the floor is ${floors[layer] ?? 1}`)
  }
  if (values['write-floors']) {
    const next = { ...floors, ...Object.fromEntries(done.map(({ layer, passed }) => [layer, passed])) }
    writeFileSync(floorsFile, `${JSON.stringify(next, null, 2)}\n`)
  }
  for (const line of wrong) console.log(`FAILED ${line}`)
  const sum = (pick: (tally: Tally) => number) => done.reduce((total, tally) => total + pick(tally), 0)
  console.log(`${sum((t) => t.passed)} passed, ${sum((t) => t.failed)} failed, ${sum((t) => t.skipped.length)} skipped`)
  return wrong.length === 0
}
