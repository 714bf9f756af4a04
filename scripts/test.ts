import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { LAYERS } from '../test/layers.ts'
import { prepareMachine } from './prepare-machine.ts'
import { recordLong } from './test/long-record.ts'
import { report, writeFloors } from './test/report.ts'
import { runLayer, type Tally } from './test/run-layer.ts'

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

const chosen = LAYERS.filter((layer) => values.layer === undefined || values.layer.includes(layer.name))
if (chosen.length === 0) {
  console.error(`no such layer; known: ${LAYERS.map((layer) => layer.name).join(', ')}`)
  process.exit(2)
}

// On a cluster that is not ours whatever would break it is left out, and said so.
const strict =
  !process.env.HINDCAST_TEST_CONTEXT && prepareMachine(chosen.flatMap((layer) => layer.debianPackages ?? []))
const preparing = startPreparing()
const tallies: Tally[] = []
for (const layer of chosen) {
  console.log(`\n── ${layer.name}: ${layer.answers}`)
  tallies.push(await runLayer(layer))
}
for (const child of preparing) child.kill()
if (values.long) recordLong(tallies, new Date().toISOString().slice(0, 10))
if (values['write-floors']) writeFloors(tallies)
process.exitCode = report(tallies, strict) ? 0 : 1

/** What takes long starts at once; a layer that needs it waits for it, and tells what went wrong with it. */
function startPreparing(): ChildProcess[] {
  const scripts = strict ? chosen.flatMap((layer) => layer.prepare ?? []) : []
  return scripts.map((script) => spawn(process.execPath, [join(root, script)], { cwd: root, stdio: 'ignore' }))
}
