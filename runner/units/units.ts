import { invariant } from '../../core/invariant.ts'
import type { UnitBytes } from '../../storage/ledger/ledger.ts'
import { type Control, stepsSkipped } from '../control.ts'
import type { Pace } from '../port.ts'
import type { Task } from '../tasks.ts'
import type { Threads } from '../threads.ts'
import { dropUnit, newUnitQueue, type UnitQueue } from './queue.ts'

/** What the threads of a parallel kind share while they compute units. */
export interface UnitShare<Run> {
  readonly run: Run
  readonly control: Control
  readonly queue: UnitQueue
  readonly pace: Pace | null
  /** Whether steps are counted; of several pods the units in the record are instead (platform.md 2.2). */
  readonly counted: boolean
}

/** A unit whose bytes are none of its codec, and why. */
export interface DamagedUnit {
  readonly unit: number
  readonly damage: string
}

/** A result, or the units that have to be computed first. */
export type Merge<Result> = { readonly result: Result } | { readonly damaged: readonly DamagedUnit[] }

/** How a kind's units are computed on threads. */
export interface UnitKind<Run, Result> {
  readonly open: () => Promise<Run>
  readonly count: (run: Run) => number
  /** Steps of all units, and of one. */
  readonly steps: (run: Run) => number
  readonly unitSteps: (run: Run, unit: number) => number
  /** What every thread does before one of them takes a unit; null: nothing. */
  readonly prepare: ((share: UnitShare<Run>) => Task) | null
  /** Computes units until none waits, and sends the bytes of each. */
  readonly compute: (share: UnitShare<Run>) => Task
  readonly merge: (run: Run, units: readonly UnitBytes[]) => Promise<Merge<Result>>
}

/** The units of a job, all of which have to be there before they are merged. */
export interface Units {
  /** How many there are. Rejects with what opening and planning throw. */
  readonly count: Promise<number>
  /** Whether the bytes of a unit are here. */
  readonly has: (unit: number) => boolean
  /** Calls with each unit computed here, also with those that were computed before. */
  readonly onComputed: (listener: (unit: UnitBytes) => void) => void
  /** Takes over what an earlier attempt or another pod stored; what nobody has begun is not computed any more. */
  readonly takeOver: (stored: readonly UnitBytes[]) => Promise<void>
  /** Units that were taken over and turned out to be none; they were computed again. */
  readonly damaged: () => readonly DamagedUnit[]
}

export interface UnitWork<Run, Result> {
  readonly units: Units
  /** Steps in all, or units where steps are not counted. */
  readonly total: Promise<number>
  /** Settles when the units of this pod are computed, with the milliseconds that took. */
  readonly computed: () => Promise<number>
  /** The result of all units; one that is not here, or damaged, is computed on the way. */
  readonly merged: () => Promise<{ readonly run: Run; readonly result: Result }>
}

export interface UnitPorts {
  readonly threads: Threads
  readonly control: Control
  readonly monotonic: () => number
  readonly pace: Pace | null
  /** Compute nothing until it is asked for. */
  readonly waitsForClaim?: boolean
  /** This pod computes the units u with u mod parallelism = index. */
  readonly index: number
  readonly parallelism: number
}

/**
 * Opens the data, and sets the threads to work on this pod's units. Which thread or pod computes a unit never changes
 * a byte: what is merged are bytes, wherever they come from. Paced runs (tests) and pods wait until they are asked for.
 */
export function startUnits<Run, Result>(kind: UnitKind<Run, Result>, ports: UnitPorts): UnitWork<Run, Result> {
  const { control, pace, parallelism, index } = ports
  const opened = kind.open().then((run): UnitShare<Run> => {
    const queue = newUnitQueue(kind.count(run), (unit) => unit % parallelism === index)
    return { run, control, queue, pace, counted: parallelism === 1 }
  })
  opened.catch(() => {})
  const store = unitShelf()
  let computing: Promise<number> | null = null
  const computed = () => {
    computing ??= opened.then((share) => computeAll(kind, ports, { share, store }))
    computing.catch(() => {})
    return computing
  }
  if (pace === null && ports.waitsForClaim !== true) computed()
  const count = opened.then(({ run }) => kind.count(run))
  const total = opened.then(({ run, counted }) => (counted ? kind.steps(run) : kind.count(run)))
  for (const promise of [count, total]) promise.catch(() => {})
  const { has, onComputed, damaged } = store
  const takeOver = async (stored: readonly UnitBytes[]) => {
    const { run, queue, counted } = await opened
    for (const unit of stored) {
      store.put(unit)
      if (dropUnit(queue, unit.unit) && counted) stepsSkipped(control, kind.unitSteps(run, unit.unit))
    }
  }
  const merged = async () => {
    await computed()
    return await mergeAll(kind, ports, { share: await opened, store })
  }
  return { units: { count, has, onComputed, takeOver, damaged }, total, computed, merged }
}

/** The bytes of units, by number. */
interface UnitShelf extends Pick<Units, 'has' | 'onComputed' | 'damaged'> {
  readonly put: (unit: UnitBytes) => void
  /** As `put`, of a unit that was computed here. */
  readonly receive: (unit: UnitBytes) => void
  readonly discard: (damaged: readonly DamagedUnit[]) => void
  readonly inOrder: () => readonly UnitBytes[]
}

function unitShelf(): UnitShelf {
  const held = new Map<number, UnitBytes>()
  const computed = new Set<number>()
  const damaged: DamagedUnit[] = []
  const listeners: ((unit: UnitBytes) => void)[] = []
  return {
    has: (unit) => held.has(unit),
    put: (unit) => {
      if (!computed.has(unit.unit)) held.set(unit.unit, unit)
    },
    receive: (unit) => {
      computed.add(unit.unit)
      held.set(unit.unit, unit)
      for (const listener of listeners) listener(unit)
    },
    discard: (found) => {
      for (const { unit, damage } of found) {
        invariant(!computed.has(unit), `unit ${unit} can be read back: ${damage}`)
        held.delete(unit)
      }
      damaged.push(...found)
    },
    onComputed: (listener) => {
      listeners.push(listener)
      for (const unit of computed) listener(held.get(unit)!)
    },
    damaged: () => damaged,
    inOrder: () => [...held.values()].toSorted((a, b) => a.unit - b.unit),
  }
}

interface Progressing<Run> {
  readonly share: UnitShare<Run>
  readonly store: UnitShelf
}

async function computeAll<Run, Result>(
  kind: UnitKind<Run, Result>,
  { threads, monotonic }: UnitPorts,
  { share, store }: Progressing<Run>,
): Promise<number> {
  const startedAt = monotonic()
  // A thread loads the engine for itself: no more of them than there are units.
  const crew = Array.from({ length: Math.min(threads.count, kind.count(share.run)) }, (_, at) => at)
  const { prepare } = kind
  if (prepare !== null) await Promise.all(crew.map((at) => threads.run(at, prepare(share))))
  await Promise.all(crew.map((at) => threads.run(at, kind.compute(share), store.receive)))
  return monotonic() - startedAt
}

async function mergeAll<Run, Result>(
  kind: UnitKind<Run, Result>,
  { threads }: UnitPorts,
  { share, store }: Progressing<Run>,
): Promise<{ readonly run: Run; readonly result: Result }> {
  const { run, control, counted } = share
  const count = kind.count(run)
  for (;;) {
    const missing = Array.from({ length: count }, (_, unit) => unit).filter((unit) => !store.has(unit))
    if (missing.length > 0) {
      // One thread: units that share no prepared memory must not fill it side by side.
      const queue = newUnitQueue(count, (unit) => missing.includes(unit))
      await threads.run(0, kind.compute({ ...share, queue }), store.receive)
    }
    const merge = await kind.merge(run, store.inOrder())
    if ('result' in merge) return { run, result: merge.result }
    store.discard(merge.damaged)
    if (counted) for (const { unit } of merge.damaged) stepsSkipped(control, -kind.unitSteps(run, unit))
  }
}
