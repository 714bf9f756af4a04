import { type Clock, sleep } from '../../../kube/clock.ts'
import { CLEANUP_NAME } from '../../../operator/templates/cleanup.ts'
import type { Ledger } from '../../../storage/ledger/ledger.ts'
import type { Program, SimulatedPod } from '../api-server/container.ts'

const TAKES_MS = 2_000
const TOTAL = 100

export const isCleanup = ({ jobName }: SimulatedPod): boolean => jobName === CLEANUP_NAME

/** The program of a namespace's clean-up: removes nothing here, and notes the room it finds. */
export function cleanupProgram(
  world: { readonly clock: Clock; readonly ledger: Ledger; readonly hasRoom: () => boolean },
  pod: SimulatedPod,
): Program {
  const { clock, ledger, hasRoom } = world
  const run = async () => {
    await sleep(clock, TAKES_MS)
    if (!pod.alive()) return
    const freeBytes = hasRoom() ? TOTAL / 2 : 1
    await ledger.noteRoom(pod.namespace, { usedBytes: 1, freeBytes, totalBytes: TOTAL })
    pod.exit(0)
  }
  return { start: () => void run().catch(() => pod.exit(7)) }
}
