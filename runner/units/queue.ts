/**
 * Which units of a parallel kind a thread may take next, on memory that all threads share: the place of the next one,
 * then the state of each. Every slot is read and written with Atomics.
 */
export type UnitQueue = Int32Array

/** `elsewhere`: another index's, or done before. */
const STATES = { elsewhere: 0, waiting: 1, taken: 2 } as const
const NEXT = 0

/** A queue of the wanted ones of so many units, in their order. */
export function newUnitQueue(count: number, wanted: (unit: number) => boolean): UnitQueue {
  const queue = new Int32Array(new SharedArrayBuffer((1 + count) * Int32Array.BYTES_PER_ELEMENT))
  for (let unit = 0; unit < count; unit++) queue[1 + unit] = wanted(unit) ? STATES.waiting : STATES.elsewhere
  return queue
}

/** Takes the next unit that waits; null when none does. */
export function takeUnit(queue: UnitQueue): number | null {
  for (;;) {
    const unit = Atomics.add(queue, NEXT, 1)
    if (unit >= queue.length - 1) return null
    if (Atomics.compareExchange(queue, 1 + unit, STATES.waiting, STATES.taken) === STATES.waiting) return unit
  }
}

/** Takes a unit out that is done already; false where it is not waiting, for it is another's or under way. */
export function dropUnit(queue: UnitQueue, unit: number): boolean {
  return Atomics.compareExchange(queue, 1 + unit, STATES.waiting, STATES.elsewhere) === STATES.waiting
}

/** Whether a unit waits or was taken from this queue. */
export function isQueued(queue: UnitQueue, unit: number): boolean {
  return Atomics.load(queue, 1 + unit) !== STATES.elsewhere
}
