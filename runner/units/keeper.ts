import { HindcastError } from '../../core/errors.ts'
import { ENGINE_REVISION } from '../../engine/revision.ts'
import type { Claim, Fenced, Ledger, StoredUnit, UnitBytes } from '../../storage/ledger/ledger.ts'
import { UNIT_BYTES_MAX } from '../../storage/ledger/units.ts'
import { type Control, reachSteps, Stopped } from '../control.ts'
import type { StopReason } from '../watch/limits.ts'
import { startUnitStore } from './store.ts'
import type { DamagedUnit, Units } from './units.ts'

export interface UnitKeeperPorts {
  readonly ledger: Pick<Ledger, 'openUnits' | 'readUnits' | 'storeUnits' | 'takeMerge'>
  readonly claim: Claim
  readonly units: Units
  readonly control: Control
  readonly monotonic: () => number
  readonly parallelism: number
  /** As AttemptPorts: for the units that wait when all are computed. */
  readonly patiently?: <T>(work: () => Promise<T>) => Promise<T>
}

/** What became of the units of an attempt. */
export interface UnitTally {
  readonly total: number
  /** Done by an earlier attempt, and not computed again. */
  readonly resumed: number
  /** Stored units that could not be trusted; they were computed again. */
  readonly damaged: readonly DamagedUnit[]
}

/** Keeps the units of a claimed attempt in the record while they are computed. */
export interface UnitKeeper {
  /** The work's value; rejects as soon as it is in vain: with Stopped when the claim turns out not to hold. */
  unlessLost<T>(work: Promise<T>): Promise<T>
  /**
   * For one pod of several, once its units are computed: `merge` when all units are here and this pod took the merge,
   * `delivered` when units are missing or another pod merges.
   */
  deliver(): Promise<'merge' | 'delivered' | Fenced>
  /** Stores what waits, whatever becomes of it; from then on nothing is written. */
  end(): Promise<void>
  /** As `end`, without storing or waiting. */
  abandon(): void
  tally(): UnitTally
}

/**
 * Opens the units of the record: those an earlier attempt finished are taken over, those this pod computes are stored.
 * A unit that is damaged counts as not done. `fenced`: the claim does not hold.
 */
export async function keepUnits(ports: UnitKeeperPorts): Promise<UnitKeeper | Fenced> {
  const { ledger, claim, units, control, parallelism, patiently = (work) => work() } = ports
  const total = await units.count
  const set = { engineRevision: ENGINE_REVISION, total }
  const done = await ledger.openUnits(claim, set)
  if (done === 'fenced') return 'fenced'
  const distrusted: DamagedUnit[] = []
  const takeOver = async (wanted: readonly number[]) => {
    const [intact, damaged] = sorted(await ledger.readUnits(claim.jobId, set, wanted))
    distrusted.push(...damaged)
    await units.takeOver(intact)
    return intact.length
  }
  const resumed = await takeOver(done.filter((unit) => unit % parallelism === claim.index))

  let lose: (reason: Error) => void = () => {}
  const lost = new Promise<never>((_, reject) => {
    lose = reject
  })
  lost.catch(() => {})
  const several = parallelism > 1
  const reach = (stored: number) => {
    if (several) reachSteps(control, stored)
  }
  const reason: StopReason = { why: 'fenced' }
  const onFenced = () => lose(new Stopped('the claim does not hold', { cause: reason }))
  const store = startUnitStore({ ...ports, set, onStored: reach, onFenced })
  reach(done.length)
  units.onComputed((unit) => {
    if (unit.bytes.length <= UNIT_BYTES_MAX) store.add(unit)
    // Alone a pod needs no record of it: a further attempt computes it again.
    else if (several) lose(tooLarge(unit))
  })
  return {
    unlessLost: (work) => Promise.race([work, lost]),
    end: () => store.end(),
    abandon: () => store.abandon(),
    tally: () => ({ total, resumed, damaged: [...distrusted, ...units.damaged()] }),
    async deliver() {
      if ((await patiently(() => store.settled())) === 'fenced') return 'fenced'
      const taken = await ledger.takeMerge(claim, set)
      if (taken !== 'taken') return taken === 'left' ? 'delivered' : 'fenced'
      const all = Array.from({ length: total }, (_, unit) => unit)
      await takeOver(all.filter((unit) => !units.has(unit)))
      return 'merge'
    },
  }
}

function sorted(found: readonly StoredUnit[]): [UnitBytes[], DamagedUnit[]] {
  const intact = found.flatMap((unit) => ('bytes' in unit ? [unit] : []))
  const damaged = found.flatMap((unit) => ('damage' in unit ? [unit] : []))
  return [intact, damaged]
}

function tooLarge({ unit, bytes }: UnitBytes): HindcastError {
  const most = `${UNIT_BYTES_MAX} pass from pod to pod`
  return new HindcastError('unit_failed', `unit ${unit} has ${bytes.length} bytes, ${most}; run it with parallelism 1`)
}
