import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Figure } from './figure.ts'
import {
  type BenchOptions,
  growth,
  importCsv,
  largeEndToEnd,
  largeEngine,
  realDataEndToEnd,
  realDataEngine,
  startUp,
} from './goals.ts'
import { build } from './hindcast.ts'
import { monteCarlo } from './monte-carlo.ts'
import { installPeers } from './peers/peers.ts'
import { machine, readResults, resultsPage, table } from './results.ts'
import { walkForward } from './walk-forward.ts'

/**
 * `npm run bench`: measures every goal, beside the peers that are installed, prints each table as it is done and writes
 * bench/RESULTS.md. Never a test: it fails only when something cannot run.
 */
const USAGE = `npm run bench -- [--goal N] [--runs N] [--large-peer-runs N] [--quick] [--install-peers]

  --goal N             only this goal; may be repeated; RESULTS.md is left alone
  --runs N             runs of each figure (default 5, at least 5 for RESULTS.md)
  --large-peer-runs N  turns of a peer on the large panel (default 1: it takes up to a minute)
  --quick              two runs, and nothing on the large panel; RESULTS.md is left alone
  --install-peers      first put bench/peers/requirements.txt into the user's cache
`

const GOALS: readonly {
  readonly goals: readonly number[]
  readonly large?: boolean
  readonly measure: (options: BenchOptions) => Promise<Figure[]>
}[] = [
  { goals: [1, 9], measure: realDataEndToEnd },
  { goals: [2], measure: realDataEngine },
  { goals: [3], large: true, measure: largeEngine },
  { goals: [4], large: true, measure: largeEndToEnd },
  { goals: [5], measure: walkForward },
  { goals: [6], measure: monteCarlo },
  { goals: [7], measure: importCsv },
  { goals: [8], measure: growth },
  { goals: [10], measure: startUp },
]

const FEWEST_RUNS = 5
const RESULTS = join(import.meta.dirname, 'RESULTS.md')

const { values } = parseArgs({
  options: {
    goal: { type: 'string', multiple: true },
    runs: { type: 'string', default: String(FEWEST_RUNS) },
    'large-peer-runs': { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
    'install-peers': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(USAGE)
  process.exit(0)
}

const quick = values.quick
const runs = quick ? 2 : positive('--runs', values.runs)
const options = { runs, quick, largePeerRuns: positive('--large-peer-runs', values['large-peer-runs']) }
const asked = values.goal?.map((text) => positive('--goal', text)) ?? null
const chosen = GOALS.filter(({ goals, large }) =>
  asked ? goals.some((one) => asked.includes(one)) : !(quick && large),
)
if (chosen.length === 0) fail(`--goal: goals are ${GOALS.flatMap(({ goals }) => goals).join(', ')}`)

if (values['install-peers']) await installPeers()
await build()
const before = machine()
console.log(`${before.text}; load ${before.load}\n`)
const figures: Figure[] = []
for (const { measure } of chosen) {
  const measured = await measure(options)
  console.log(`${table(measured)}\n`)
  figures.push(...measured)
}
figures.sort((a, b) => a.goal - b.goal)
if (asked === null && !quick && runs >= FEWEST_RUNS) {
  writeFileSync(RESULTS, resultsPage(figures, before, machine(), readResults(RESULTS)))
  console.log(`written: ${RESULTS}`)
}

function positive(option: string, text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  return fail(`${option} ${text}: a whole number from 1 to 9999`)
}

function fail(message: string): never {
  console.error(`${message}\n\n${USAGE}`)
  process.exit(2)
}
