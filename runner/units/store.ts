import type { Claim, Fenced, Ledger, UnitBytes, UnitSet } from '../../storage/ledger/ledger.ts'

/** Bytes of one statement: units that wait are stored together, but never so many that a server chokes on them. */
const BATCH_BYTES = 4 * 2 ** 20
/**
 * Storing takes one part in this many of the time: on a laptop the database runs on a core that the engine needs, and
 * blocks of paths are done faster than it could store each. A unit waits so much longer than one statement took, but
 * never so long that a kill would take much with it.
 */
const WRITE_SHARE = 20
const REST_MS_MAX = 250
const RETRY_MS = 1_000

export interface UnitStorePorts {
  readonly ledger: Pick<Ledger, 'storeUnits'>
  readonly claim: Claim
  readonly set: UnitSet
  readonly monotonic: () => number
  /** How many units of the set are done, whoever did them; told after each statement. */
  readonly onStored: (done: number) => void
  /** The claim does not hold any more. */
  readonly onFenced: () => void
}

/** Stores units while others are computed. */
export interface UnitStore {
  add(unit: UnitBytes): void
  /** Settles once everything that was added is stored. Rejects with what the ledger throws from now on. */
  settled(): Promise<'stored' | Fenced>
  /** One last statement with what waits, whatever becomes of it; from then on nothing is stored. */
  end(): Promise<void>
  /** From now on nothing is stored, and nothing waited for. */
  abandon(): void
}

/** Starts a store that has nothing to do. */
export function startUnitStore(ports: UnitStorePorts): UnitStore {
  const waiting: UnitBytes[] = []
  const state: State = { busy: null, rest: null, failure: null, fenced: false, ended: false, hurry: false }
  let lookers: readonly (() => boolean)[] = []

  const write = async () => {
    const startedAt = ports.monotonic()
    await writeBatch(ports, state, waiting)
    state.busy = null
    lookers = lookers.filter((look) => !look())
    const took = ports.monotonic() - startedAt
    restFor(state.failure !== null ? RETRY_MS : state.hurry ? 0 : Math.min(REST_MS_MAX, took * (WRITE_SHARE - 1)))
  }
  const pump = () => {
    if (state.rest !== null) clearTimeout(state.rest)
    state.rest = null
    if (state.busy === null && waiting.length > 0 && !state.fenced && !state.ended) state.busy = write()
  }
  // A rest is kept also when nothing waits: the next unit is stored at its end, not at once.
  const restFor = (ms: number) => {
    if (ms === 0) pump()
    else if (!state.ended) state.rest = setTimeout(pump, ms)
  }
  return {
    add(unit) {
      waiting.push(unit)
      if (state.rest === null) pump()
    },
    settled() {
      state.hurry = true
      state.failure = null
      return new Promise((resolve, reject) => {
        const look = (): boolean => {
          const { failure, fenced, busy } = state
          if (fenced) resolve('fenced')
          else if (waiting.length === 0 && busy === null) resolve('stored')
          else if (failure !== null) reject(failure)
          else return false
          return true
        }
        if (look()) return
        lookers = [...lookers, look]
        pump()
      })
    },
    async end() {
      await state.busy
      pump()
      state.ended = true
      await state.busy
    },
    abandon() {
      state.ended = true
      if (state.rest !== null) clearTimeout(state.rest)
    },
  }
}

interface State {
  busy: Promise<void> | null
  /** Until when nothing is stored. */
  rest: NodeJS.Timeout | null
  /** Of the newest statement. */
  failure: unknown
  fenced: boolean
  ended: boolean
  /** Somebody waits: no rest. */
  hurry: boolean
}

async function writeBatch(ports: UnitStorePorts, state: State, waiting: UnitBytes[]): Promise<void> {
  const batch = takeBatch(waiting)
  try {
    const done = await ports.ledger.storeUnits(ports.claim, ports.set, batch)
    state.failure = null
    if (done !== 'fenced') return ports.onStored(done)
    state.fenced = true
    ports.onFenced()
  } catch (thrown) {
    state.failure = thrown
    waiting.unshift(...batch)
  }
}

function takeBatch(waiting: UnitBytes[]): UnitBytes[] {
  let bytes = 0
  let count = 0
  while (count < waiting.length && (count === 0 || bytes + waiting[count]!.bytes.length <= BATCH_BYTES)) {
    bytes += waiting[count++]!.bytes.length
  }
  return waiting.splice(0, count)
}
