import { join } from 'node:path'
import type { Panel } from '../engine/panel.ts'
import { goldenPanel } from '../test/golden/load.ts'
import { madePrices, realPrices } from './datasets.ts'
import { onSharedMemory, timeOnce } from './engine.ts'
import { type Figure, least, type Peer } from './figure.ts'
import { type BenchHome, hindcast, LAUNCHER, newHome, runAgain, runWork, type Span } from './hindcast.ts'
import { PANEL_SIZES, type PanelSize, syntheticPanel } from './panels.ts'
import { buildFloor, havePython, NOT_INSTALLED, PYTHON_PEERS, type PythonPeer, runPython } from './peers/peers.ts'
import { timed } from './processes.ts'

export interface BenchOptions {
  readonly runs: number
  /** Turns of a peer on the large panel, where one takes up to a minute. */
  readonly largePeerRuns: number
  readonly quick: boolean
}

const REAL_RETURNS = join(import.meta.dirname, '../test/golden/inputs/sp500_5yr.parquet')
const SP500: Span = { dataset: 'sp500', first: '2013-02-08', last: '2018-02-07' }
const LARGE: Span = { dataset: 'large', first: '2010-01-04', last: '2019-08-30' }
const WARM_UP = 2

const shared = (bytes: number) => new SharedArrayBuffer(bytes)
const made = (size: PanelSize) => syntheticPanel(size, shared)

/** Each contender once a round, so that what else the machine does meets all of them alike. */
async function inTurns<Name extends string>(
  runs: number,
  contenders: Readonly<Record<Name, { readonly take: () => Promise<number>; readonly most?: number }>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(contenders) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (let round = 0; round < runs; round++) {
    for (const name of names) {
      if (round < (contenders[name].most ?? runs)) times[name].push(await contenders[name].take())
    }
  }
  return times
}

function pythonContenders(peers: readonly PythonPeer[], prices: string, most: number) {
  if (!havePython()) return {}
  return Object.fromEntries(peers.map((peer) => [peer, { take: () => runPython(peer, prices), most }]))
}

/** Goal 1: how many times faster than each peer. */
const PEER_GOALS: Readonly<Record<string, { readonly atLeast: number }>> = {
  alphalens: { atLeast: 15 },
  polars: { atLeast: 2.5 },
}

function peersOf(names: readonly string[], times: Readonly<Record<string, readonly number[]>>): Peer[] {
  return names.map((name) => ({ name, runs: times[name] ?? [], why: NOT_INSTALLED, ...PEER_GOALS[name] }))
}

async function homeWith(home: BenchHome, dataset: string, ...importFlags: readonly string[]): Promise<BenchHome> {
  await home.run('dataset', 'import', dataset, ...importFlags)
  return home
}

/** Goal 1, and goal 9 on the same home. */
export async function realDataEndToEnd({ runs }: BenchOptions): Promise<Figure[]> {
  const home = await homeWith(newHome(), 'sp500', '--prices', realPrices(), '--preset', 'kaggle')
  try {
    await runWork(home, SP500)
    const take = async () => (await runWork(home, SP500)).seconds
    const table = async () => (await runWork(home, SP500, '--threads', '1')).seconds
    const python = pythonContenders(PYTHON_PEERS, REAL_RETURNS, runs)
    const times = await inTurns<string>(runs, { ours: { take }, one: { take: table }, ...python })
    const note =
      'whole process, from its start to its end, result on disk; peers: file read and work, imports not counted'
    return [
      figure([1, 'sp500, `hindcast run`'], times.ours!, 0.7, { peers: peersOf(PYTHON_PEERS, times), note }),
      figure([1, 'sp500, `hindcast run --threads 1`'], times.one!, null, { note: 'the same on one engine thread' }),
      await equalBytes(home),
    ]
  } finally {
    home.remove()
  }
}

async function equalBytes(home: BenchHome): Promise<Figure> {
  const one = await runWork(home, SP500, '--threads', '1')
  const results = [one.files]
  for (const threads of [2, 4]) results.push((await runAgain(home, one, threads)).files)
  const differing = results[0]!.filter(({ name, sha256 }) =>
    results.some((files) => files.find((file) => file.name === name)?.sha256 !== sha256),
  )
  const note = `${results[0]!.length} files, SHA-256 of each with 1, 2 and 4 threads; files that differ`
  return { goal: 9, what: 'sp500, bytes', unit: 'files', runs: [differing.length], target: 0, peers: [], note }
}

/** Goal 2. */
export async function realDataEngine({ runs }: BenchOptions): Promise<Figure[]> {
  const panel = onSharedMemory(await goldenPanel('inputs/sp500_5yr.parquet'))
  return [
    await engineBesideFloor(panel, {
      goal: 2,
      label: 'sp500',
      threads: 1,
      runs: 2 * runs,
      target: 0.12,
    }),
  ]
}

/** Goal 3. */
export async function largeEngine({ runs }: BenchOptions): Promise<Figure[]> {
  const panel = made(PANEL_SIZES.L)
  return [await engineBesideFloor(panel, { goal: 3, label: 'L', threads: 2, runs, target: 1.3 })]
}

interface EngineCase {
  readonly goal: number
  readonly label: string
  readonly threads: number
  readonly runs: number
  readonly target: number
}

async function engineBesideFloor(panel: Panel, { goal, label, threads, runs, target }: EngineCase): Promise<Figure> {
  const floor = await buildFloor(label, panel)
  const take = async () => (await timeOnce(panel, threads)).wall
  for (let i = 0; i < WARM_UP; i++) await take()
  const times = await inTurns<string>(runs, {
    ours: { take },
    ...(floor === null ? {} : { floor: { take: async () => (await floor.run(threads)).seconds } }),
  })
  const name = 'C, -O3 -march=native'
  // Goal 3: within 1.3 times the floor.
  const goalOfFloor = goal === 3 ? { atLeast: 1 / 1.3 } : {}
  const peers = [{ name, runs: times.floor ?? [], why: 'no C compiler', ...goalOfFloor }]
  const ours = `panel in memory to whole result, ${threads} thread(s), after ${WARM_UP} runs`
  const note = `${ours}; C: signals, ranks and correlations only`
  return figure([goal, `${label}, engine alone`], times.ours!, target, { peers, note })
}

/** Goal 4. */
export async function largeEndToEnd({ runs, largePeerRuns }: BenchOptions): Promise<Figure[]> {
  const prices = madePrices('L')
  const home = await homeWith(newHome({ peak: true }), 'large', '--prices', prices)
  const peaks: number[] = []
  try {
    await runWork(home, LARGE)
    const take = async () => {
      const { seconds, peakMib } = await runWork(home, LARGE)
      peaks.push(peakMib!)
      return seconds
    }
    const times = await inTurns<string>(runs, { ours: { take }, ...pythonContenders(['numpy'], prices, largePeerRuns) })
    const note = 'whole process, from its start to its end, result on disk'
    return [
      figure([4, 'L, `hindcast run`'], times.ours!, 3.5, { peers: peersOf(['numpy'], times), note }),
      { ...figure([4, 'L, peak memory'], peaks, 800), unit: 'MiB', note: 'largest resident set of the whole process' },
    ]
  } finally {
    home.remove()
  }
}

/** Goal 7. */
export async function importCsv({ runs }: BenchOptions): Promise<Figure[]> {
  const prices = realPrices()
  const take = async () => {
    const home = newHome()
    try {
      return (await home.run('dataset', 'import', 'sp500', '--prices', prices, '--preset', 'kaggle')).seconds
    } finally {
      home.remove()
    }
  }
  const times = await inTurns(runs, { ours: { take } })
  const note = 'whole process, 619,040 rows, into a home that was not there'
  return [figure([7, 'import of the real CSV'], times.ours, 1.5, { note })]
}

/** Goal 8: least times against least times. */
export async function growth({ runs }: BenchOptions): Promise<Figure[]> {
  const { M } = PANEL_SIZES
  const panels = { once: made(M), days: made({ ...M, days: 2 * M.days }), names: made({ ...M, names: 2 * M.names }) }
  const contender = (panel: Panel) => ({ take: async () => (await timeOnce(panel, 1)).wall })
  for (const panel of Object.values(panels)) for (let i = 0; i < WARM_UP; i++) await timeOnce(panel, 1)
  const times = await inTurns(runs, {
    once: contender(panels.once),
    days: contender(panels.days),
    names: contender(panels.names),
  })
  const base = `M takes ${least(times.once).toFixed(3)} s`
  const ratio = (by: 'days' | 'names') => [least(times[by]) / least(times.once)]
  return [
    { ...figure([8, 'M, twice the days'], ratio('days'), 2.2), unit: '×', note: base },
    { ...figure([8, 'M, twice the names'], ratio('names'), 2.2), unit: '×', note: base },
  ]
}

/** Goal 10. */
export async function startUp({ runs }: BenchOptions): Promise<Figure[]> {
  const example = join(import.meta.dirname, '../examples/momentum-sp500.yaml')
  const launched = (...args: string[]) => ({ take: async () => (await timed(LAUNCHER, args)).seconds })
  const alone = (...args: string[]) => ({ take: async () => (await hindcast(args)).seconds })
  const times = await inTurns(2 * runs, {
    version: alone('--version'),
    validate: alone('validate', example),
    launchedVersion: launched('--version'),
    launchedValidate: launched('validate', example),
  })
  const checkout = 'through `./hindcast`, which looks for changed sources first'
  return [
    figure([10, '`hindcast --version`'], times.version, 0.15, { note: 'the built program' }),
    figure([10, '`hindcast validate`'], times.validate, 0.3, { note: 'the built program' }),
    figure([10, '`./hindcast --version`'], times.launchedVersion, 0.15, { note: checkout }),
    figure([10, '`./hindcast validate`'], times.launchedValidate, 0.3, { note: checkout }),
  ]
}

/** A figure in seconds. */
function figure(
  [goal, what]: readonly [goal: number, what: string],
  runs: readonly number[],
  target: number | null,
  { peers = [], note = '' }: { peers?: readonly Peer[]; note?: string } = {},
): Figure {
  return { goal, what, unit: 's', runs, target, peers, note }
}
