/**
 * The few whole numbers that the threads of an attempt share, on a SharedArrayBuffer: whether to stop, which dates are
 * taken, and how far they are. Every slot is read and written with Atomics.
 */
const SLOTS = { stop: 0, next: 1, done: 2, date: 3, sleeper: 4 } as const

/** Fewer run days than this are not worth a turn: each turn computes twenty signals of the days before it again. */
const SHORTEST_TURN = 64
/** Turns a thread: more share the work more fairly, fewer repeat less. */
const TURNS_A_THREAD = 3

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

/** Run days that a thread takes at a time. Never changes a byte of the result. */
export function turnLength(days: number, threads: number): number {
  return threads === 1 ? days : Math.max(SHORTEST_TURN, Math.ceil(days / (threads * TURNS_A_THREAD)))
}

/** Takes the next block of run days, [from, to); null when none is left. */
export function takeDates(control: Control, turn: number, days: number): readonly [from: number, to: number] | null {
  const from = Atomics.add(control, SLOTS.next, turn)
  return from < days ? [from, Math.min(days, from + turn)] : null
}

/** One more run day is done. */
export function dateDone(control: Control, date: number): void {
  stepsDone(control, date, 1)
}

/** What `position` gives for work that has no dates: a day on which no exchange was open. */
export const NO_DATE = 0

/** That many more steps are done, the last of them on `date`. */
export function stepsDone(control: Control, date: number, steps: number): void {
  Atomics.add(control, SLOTS.done, steps)
  Atomics.store(control, SLOTS.date, date)
}

/** Steps that need not be done, or (below 0) have to be done again. */
export function stepsSkipped(control: Control, steps: number): void {
  Atomics.add(control, SLOTS.done, steps)
}

/** So much is done in all, whoever did it. */
export function reachSteps(control: Control, done: number): void {
  Atomics.store(control, SLOTS.done, done)
}

export function position(control: Control): { readonly done: number; readonly date: number } {
  return { done: Atomics.load(control, SLOTS.done), date: Atomics.load(control, SLOTS.date) }
}

/** Sleeps this thread, but wakes at once when the attempt is to stop. */
export function sleepUnlessStopped(control: Control, milliseconds: number): void {
  Atomics.wait(control, SLOTS.sleeper, 0, milliseconds)
  throwIfStopped(control)
}
