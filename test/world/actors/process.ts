import { HindcastError } from '../../../core/errors.ts'
import { type Clock, sleep } from '../../../kube/clock.ts'

/** What happens to one call of a process. */
export type Weather = 'fine' | 'before' | 'after' | 'die-before' | 'die-after'

/** A process of the world: alive, stopped for a while, or dead. A dead one is never answered. */
export interface Process {
  readonly name: string
  readonly pod: string
  alive: boolean
  stopped: boolean
}

const NEVER = new Promise<never>(() => {})
const LOOK_MS = 100

/** A clock whose timers do nothing once the process is dead, and wait while it is stopped. */
export function clockOf(clock: Clock, process: Process): Clock {
  const fire = (run: () => void) => {
    if (!process.alive) return
    if (process.stopped) clock.after(LOOK_MS, () => fire(run))
    else run()
  }
  return { now: clock.now, monotonic: clock.monotonic, after: (ms, run) => clock.after(ms, () => fire(run)) }
}

/** Lets a call through as the weather of the moment says; `fault` makes what a failed one throws. */
export async function weathered<T>(
  at: {
    readonly clock: Clock
    readonly process: Process
    readonly weather: Weather
    readonly latencyMs: number
    readonly fault: () => Error
    readonly die: () => void
  },
  run: () => Promise<T>,
): Promise<T> {
  const { clock, process, weather, latencyMs, fault, die } = at
  const answer = async <A>(value: () => A): Promise<A> => {
    while (process.alive && process.stopped) await sleep(clock, LOOK_MS)
    return process.alive ? value() : NEVER
  }
  if (!process.alive) return NEVER
  if (latencyMs > 0) await sleep(clock, latencyMs / 2)
  if (weather === 'before') return answer(() => raise(fault()))
  if (weather === 'die-before') {
    die()
    return NEVER
  }
  if (!process.alive) return NEVER
  const done = await run().then(
    (value) => () => value,
    (thrown) => () => raise(thrown),
  )
  if (weather === 'die-after') {
    die()
    return NEVER
  }
  if (latencyMs > 0) await sleep(clock, latencyMs / 2)
  return answer(() => (weather === 'after' ? raise(fault()) : done()))
}

function raise(thrown: unknown): never {
  throw thrown
}

/** Every method of a port through `call`. */
export function through<Port extends object>(
  port: Port,
  call: <T>(verb: string, run: () => Promise<T>) => Promise<T>,
  plain: readonly (keyof Port)[] = [],
): Port {
  return new Proxy(port, {
    get(target, verb) {
      const method = Reflect.get(target, verb)
      if (typeof method !== 'function' || plain.includes(verb as keyof Port)) return method
      return (...given: unknown[]) => call(String(verb), async () => method.apply(target, given))
    },
  })
}

export const databaseAway = () => new HindcastError('database_unavailable', 'the world has taken the database away')
