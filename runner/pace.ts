import { type Control, sleepUnlessStopped, throwIfStopped } from './control.ts'
import type { Pace } from './port.ts'

const MIB = 1024 * 1024

/** Memory that a test asked for, kept until the thread ends. */
const ballast: Buffer[] = []

/** After each date: does what a test asked for there, and throws Stopped when the attempt is to stop. */
export function keepPace({ control, pace, date }: { control: Control; pace: Pace | null; date: number }): void {
  if (pace !== null) {
    if (pace.ballastDate === date) ballast.push(Buffer.alloc(pace.ballastMib * MIB, 1))
    if (pace.msPerDate > 0) sleepUnlessStopped(control, pace.msPerDate)
  }
  throwIfStopped(control)
}
