/**
 * The few whole numbers that the threads of an attempt share, on a SharedArrayBuffer: whether to stop, which dates are
 * taken, and how far they are. Every slot is read and written with Atomics.
 */
const SLOTS = { stop: 0, next: 1, done: 2, date: 3, sleeper: 4 } as const

/** Run days that a thread takes at a time: enough to amortise, few enough to share the work fairly. */
const DATES_A_TURN = 32

/** Thrown inside a thread when the attempt is to stop; never leaves runner/. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

export type Control = Int32Array

export function newControl(): Control {
  return new Int32Array(new SharedArrayBuffer(Object.keys(SLOTS).length * Int32Array.BYTES_PER_ELEMENT))
}

export function requestStop(control: Control): void {
  Atomics.store(control, SLOTS.stop, 1)
  Atomics.notify(control, SLOTS.sleeper)
}

export function throwIfStopped(control: Control): void {
  if (Atomics.load(control, SLOTS.stop) === 1) throw new Stopped()
}

/** Takes the next block of run days, [from, to); null when none is left. Which thread takes which never matters. */
export function takeDates(control: Control, total: number): readonly [from: number, to: number] | null {
  const from = Atomics.add(control, SLOTS.next, DATES_A_TURN)
  return from < total ? [from, Math.min(total, from + DATES_A_TURN)] : null
}

/** One more run day is done. */
export function dateDone(control: Control, date: number): void {
  Atomics.add(control, SLOTS.done, 1)
  Atomics.store(control, SLOTS.date, date)
}

export function position(control: Control): { readonly done: number; readonly date: number } {
  return { done: Atomics.load(control, SLOTS.done), date: Atomics.load(control, SLOTS.date) }
}

/** Sleeps this thread, but wakes at once when the attempt is to stop. */
export function sleepUnlessStopped(control: Control, milliseconds: number): void {
  Atomics.wait(control, SLOTS.sleeper, 0, milliseconds)
  throwIfStopped(control)
}
