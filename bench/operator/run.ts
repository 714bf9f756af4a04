import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { machine } from '../results.ts'
import { openCrowd } from './crowd.ts'
import { startOperator } from './operator-process.ts'
import { type Measured, pageOf } from './page.ts'
import { burst, idle, oneByOne, quiet, wholeLives } from './phases.ts'
import { playRunner } from './played-runner.ts'
import { type Stage, startStage } from './stage.ts'

/**
 * `node bench/operator/run.ts [--resources N] [--idle SECONDS] [--write]`: the operator against the goals of scale, on
 * the cluster of the tests (test/cluster/README.md says what it needs). Prints the page, and with `--write` puts it
 * into bench/operator/RESULTS.md. Never a test: it fails only when something cannot run.
 */
const { values } = parseArgs({
  options: {
    resources: { type: 'string', default: '500' },
    idle: { type: 'string', default: '60' },
    write: { type: 'boolean', default: false },
  },
})
const RESOURCES = whole('--resources', values.resources, 10_000)
const IDLE_SECONDS = whole('--idle', values.idle, 600)
const ALONE = 30
const LIVES = 100
const ENDING = 100
const EMPTY_IDLE_SECONDS = 20

async function measure(stage: Stage): Promise<Measured> {
  const { load } = machine()
  const crowd = openCrowd(stage)
  const runner = playRunner(stage, crowd)
  let operator = await startOperator(stage)
  const scene = () => ({ stage, crowd, runner, operator })
  say(`the operator is ready after ${Math.round(operator.readyMs)} ms`)
  const emptyReadyMs = operator.readyMs
  await quiet(operator)
  const empty = await idle(scene(), EMPTY_IDLE_SECONDS)
  const aloneMs = await oneByOne(scene(), ALONE)
  say(`${ALONE} were applied one by one`)
  const lifeWrites = await wholeLives(scene(), LIVES)
  say(`${LIVES} ran to their ends`)
  const busy = await burst(scene(), { count: RESOURCES, ending: ENDING })
  say(`the burst made ${busy.jobs} Jobs in ${Math.round(busy.tookMs / 1000)} s`)
  const full = await idle(scene(), IDLE_SECONDS)
  await operator.end()
  operator = await startOperator(stage)
  const { readyMs } = operator
  say(`the operator is ready again after ${Math.round(readyMs)} ms`)
  await quiet(operator)
  const again = await idle(scene(), EMPTY_IDLE_SECONDS)
  await operator.end()
  crowd.stop()
  const live = busy.jobs + ALONE
  const restart = { readyMs, idle: again }
  return {
    resources: RESOURCES,
    live,
    aloneMs,
    lives: LIVES,
    lifeWrites,
    burst: busy,
    empty,
    full,
    emptyReadyMs,
    restart,
    load,
  }
}

function whole(name: string, text: string, most: number): number {
  const number = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : Number.NaN
  if (number <= most) return number
  throw new Error(`${name} must be a whole number from 1 to ${most}, found ${text}`)
}

const began = performance.now()
function say(text: string): void {
  process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}\n`)
}

const stage = await startStage()
try {
  say('the cluster is up')
  const page = pageOf(await measure(stage))
  process.stdout.write(`${page}\n`)
  if (values.write) writeFileSync(join(import.meta.dirname, 'RESULTS.md'), page)
} finally {
  await stage.stop()
}
