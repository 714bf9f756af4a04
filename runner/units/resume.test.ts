import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { HindcastError } from '../../core/errors.ts'
import type { WalkForward } from '../../core/request.ts'
import { columnsOf, randomMarket } from '../../engine/laws/random-rows.ts'
import { planMonteCarlo, UNIT_PATHS } from '../../engine/monte-carlo/run.ts'
import { panelFromRows } from '../../engine/panel-from-rows.ts'
import { planWalk } from '../../engine/walk-forward/plan-walk.ts'
import { allocateWalk } from '../../engine/walk-forward/walk-memory.ts'
import type { Claim, UnitBytes } from '../../storage/ledger/ledger.ts'
import { newControl, position } from '../control.ts'
import { type PathTask, performPathTask } from '../monte-carlo/task.ts'
import { pathKind } from '../monte-carlo/work.ts'
import { isWalkTask } from '../tasks.ts'
import type { Threads } from '../threads.ts'
import { performWalkTask } from '../walk-forward/task.ts'
import { walkKind } from '../walk-forward/work.ts'
import { keepUnits, type UnitKeeperPorts } from './keeper.ts'
import { startUnits, type UnitKind } from './units.ts'

/**
 * The law of parallel kinds: whatever was stored before, whatever of it is damaged, on however many pods and in
 * whatever order these end, exactly one pod merges, its result is that of one undisturbed pod, and nothing that was
 * done is computed again.
 */

/** Units of a job as the record holds them. Its guards are the ledger's contract, tested there. */
function memoryUnits(stored: readonly UnitBytes[], hurt: ReadonlySet<number>): UnitKeeperPorts['ledger'] {
  const rows = new Map(stored.map((unit) => [unit.unit, unit]))
  const damaged = new Set(hurt)
  let mergedBy: string | null = null
  return {
    openUnits: async () => [...rows.keys()].toSorted((a, b) => a - b),
    readUnits: async (_, __, units) =>
      units
        .flatMap((unit) => rows.get(unit) ?? [])
        .map((row) => (damaged.has(row.unit) ? { unit: row.unit, damage: 'hurt' } : row)),
    storeUnits: async (_, __, units) => {
      for (const row of units) {
        rows.set(row.unit, row)
        damaged.delete(row.unit)
      }
      return rows.size
    },
    takeMerge: async (claim, { total }) => {
      if (rows.size < total || (mergedBy !== null && mergedBy !== claim.podUid)) return 'left'
      mergedBy = claim.podUid
      return 'taken'
    },
  }
}

/** Threads of this process: tasks are done one after another, in the order they are given. */
function inProcess(count: number): Threads {
  const perform = (task: never, receive: (unit: UnitBytes) => void) =>
    isWalkTask(task) ? performWalkTask(task, receive) : performPathTask(task as PathTask, receive)
  return {
    count,
    run: (_, task, receive = () => {}) => perform(task as never, receive) as never,
    close: async () => {},
  }
}

/** Waits until it is asked for, as paced runs do: what a head start computes depends on the machine. */
const PACE = { msPerDate: 0, ballastMib: 0, ballastDate: null }

interface Before {
  readonly stored: readonly UnitBytes[]
  /** Stored units whose hash does not fit, and units whose codec refuses them. */
  readonly hurt: ReadonlySet<number>
  readonly parallelism: number
  readonly threads: number
  /** Indexes in the order in which their pods end. */
  readonly order: readonly number[]
}

type KindOf<Run, Result> = (threads: Threads) => UnitKind<Run, Result>

/** Runs an attempt to its end; gives the results that were merged, the units computed, and each pod's steps. */
async function attemptOf<Run, Result>(kindOf: KindOf<Run, Result>, before: Before) {
  const ledger = memoryUnits(before.stored, before.hurt)
  const results: Result[] = []
  const computed: number[] = []
  const steps: { done: number; total: number }[] = []
  for (const index of before.order) {
    const threads = inProcess(before.threads)
    const control = newControl()
    const monotonic = () => performance.now()
    const { parallelism } = before
    const ports = { threads, control, monotonic, pace: PACE, index, parallelism }
    const work = startUnits(kindOf(threads), ports)
    work.units.onComputed(({ unit }) => computed.push(unit))
    const claim: Claim = { jobId: 'job', attempt: 2, index, podUid: `pod-${index}` }
    const keeper = await keepUnits({ ledger, claim, units: work.units, control, monotonic, parallelism })
    assert.ok(keeper !== 'fenced')
    await work.computed()
    steps.push({ done: position(control).done, total: await work.total })
    if (parallelism === 1 || (await keeper.deliver()) === 'merge') results.push((await work.merged()).result)
    await keeper.end()
  }
  return { results, computed: computed.toSorted((a, b) => a - b), steps }
}

/** Any state of the record, any number of pods. */
function befores(units: readonly UnitBytes[]): fc.Arbitrary<Before> {
  const states = fc.array(fc.constantFrom('absent', 'intact', 'hurt', 'garbage'), {
    minLength: units.length,
    maxLength: units.length,
  })
  const pods = fc.integer({ min: 1, max: 3 }).chain((parallelism) => {
    const all = Array.from({ length: parallelism }, (_, index) => index)
    const order = fc.shuffledSubarray(all, { minLength: parallelism, maxLength: parallelism })
    return fc.record({ parallelism: fc.constant(parallelism), threads: fc.constantFrom(1, 2, 4), order })
  })
  return fc.tuple(states, pods).map(([each, pod]) => ({
    ...pod,
    stored: units
      .filter(({ unit }) => each[unit] !== 'absent')
      .map((row) => (each[row.unit] === 'garbage' ? { unit: row.unit, bytes: row.bytes.slice(0, -1) } : row)),
    hurt: new Set(units.filter(({ unit }) => each[unit] === 'hurt').map(({ unit }) => unit)),
  }))
}

async function lawOf<Run, Result>(kindOf: KindOf<Run, Result>, numRuns: number): Promise<void> {
  const units: UnitBytes[] = []
  const threads = inProcess(1)
  const alone = startUnits(kindOf(threads), {
    threads,
    control: newControl(),
    monotonic: () => performance.now(),
    pace: PACE,
    index: 0,
    parallelism: 1,
  })
  alone.units.onComputed((unit) => units.push({ ...unit }))
  const { result } = await alone.merged()
  const ordered = units.toSorted((a, b) => a.unit - b.unit)
  await fc.assert(
    fc.asyncProperty(befores(ordered), async (before) => {
      const { results, computed, steps } = await attemptOf(kindOf, before)
      assert.deepEqual(results, [result], 'one pod merges, and to the same result')
      const done = before.stored.filter(({ unit, bytes }) => !before.hurt.has(unit) && bytes === ordered[unit]!.bytes)
      const missing = ordered.map(({ unit }) => unit).filter((unit) => !done.some((row) => row.unit === unit))
      assert.deepEqual([...new Set(computed)], missing, 'what was done is not computed again')
      assert.equal(computed.length, missing.length, 'nothing is computed twice')
      for (const { done: reached, total } of steps) assert.ok(reached <= total, `${reached} of ${total} steps`)
      if (before.parallelism === 1) assert.equal(steps[0]!.done, steps[0]!.total)
    }),
    { numRuns },
  )
}

const WALK: WalkForward = {
  backtest: {
    dataset: 'test',
    snapshotId: null,
    alpha: { name: 'reversal', parameters: { winsorizePct: 0.02 } },
    startDate: '2020-02-01',
    endDate: '2021-03-31',
    weightMethod: 'rank',
    decayHorizons: [1, 5],
    costModel: { bpsPerTrade: 5, impactCoefficient: 0.1, participationLimit: 0.05, portfolioValueUsd: 1e6 },
    quantiles: null,
  },
  windows: { trainMonths: 4, testMonths: 2, stepMonths: 2, minTrainDays: 100, purgeDays: 0, embargoDays: 0 },
  overfittingThreshold: 2,
  search: {
    method: 'grid',
    parameters: { lookbackDays: [4, 9], winsorizePct: [0.05, 0.3] },
    metric: 'mean_ic',
    iterations: 10,
    seed: 42,
    generator: 'counter',
  },
}
const panel = panelFromRows(...columnsOf(randomMarket(5, 40, 330)))

for (const keeps of ['daily scores are shared', 'each window scores for itself'] as const) {
  test(`a walk is resumed to the same result, whatever was stored; ${keeps}`, async () => {
    const walk = planWalk(WALK, panel)
    const open = async () => {
      const memory = allocateWalk(walk, panel)
      return { walk, panel, memory: keeps === 'daily scores are shared' ? memory : { ...memory, scores: null } }
    }
    await lawOf((threads) => walkKind(threads, open), 25)
  })
}

const returns = {
  dates: Int32Array.from({ length: 60 }, (_, k) => 20_000 + k),
  values: Float64Array.from({ length: 60 }, (_, k) => 0.01 * Math.sin(k / 4) + (((k * 7919) % 101) - 49) / 5000),
}

for (const generator of ['counter', 'numpy-pcg64'] as const) {
  test(`paths of ${generator} are resumed to the same result, whatever was stored`, async () => {
    const settings = { simulations: 4_100, blockLength: null, seed: 42, confidenceLevels: [0.05, 0.5], generator }
    const run = planMonteCarlo({ ...settings, method: 'bootstrap', basis: 'gross' }, { returns, ic: returns })
    await lawOf((threads) => pathKind(threads, async () => ({ run, blockPaths: UNIT_PATHS })), 60)
  })
}

test('the first unit that fails for good ends the run naming it', async () => {
  const walk = planWalk(WALK, panel)
  const failing = {
    ...walk,
    get space(): never {
      throw new HindcastError('no_signals', 'nothing to rank')
    },
  }
  const open = async () => ({ walk: failing, panel, memory: { ...allocateWalk(walk, panel), scores: null } })
  const threads = inProcess(1)
  const kind = { ...walkKind(threads, open), steps: () => 1, unitSteps: () => 1, prepare: null }
  const ports = { threads, control: newControl(), monotonic: () => 0, pace: PACE, index: 0, parallelism: 1 }
  await assert.rejects(startUnits(kind, ports).computed(), {
    code: 'unit_failed',
    message: 'window 0 (2020-02-01 to 2020-07-31): no_signals: nothing to rank',
  })
})
