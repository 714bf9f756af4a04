import { type MemoryReader, softLimitBytes } from '../memory.ts'

/** Why an attempt stops before its end. */
export type StopReason =
  | { readonly why: 'cancel' }
  | { readonly why: 'interrupt' }
  | { readonly why: 'fenced' }
  | { readonly why: 'timeout' }
  | { readonly why: 'memory'; readonly usedBytes: number }

const MEMORY_EVERY_MS = 2_000

/** Looks at the clock and the memory; `check` gives the reason to stop, or null. */
export interface Limits {
  check(): StopReason | null
  peakBytes(): number
}

export interface LimitSettings {
  readonly timeoutSeconds: number
  readonly memoryLimitBytes: number
  readonly monotonic: () => number
  /** Monotonic milliseconds from which the timeout counts. Absent: now. */
  readonly clockFrom?: number
  readonly memory: MemoryReader
  /** Processes of this container that the kernel killed for memory since the start. Absent: none can be. */
  readonly kills?: () => number
}

/** Memory is read every 2 s and at the first check. */
export function startLimits(settings: LimitSettings): Limits {
  const { timeoutSeconds, memoryLimitBytes, monotonic, memory, kills = () => 0 } = settings
  const deadline = (settings.clockFrom ?? monotonic()) + timeoutSeconds * 1_000
  const allowed = softLimitBytes(memoryLimitBytes)
  let nextLook = Number.NEGATIVE_INFINITY
  let peak = 0
  return {
    peakBytes: () => Math.max(peak, memory()),
    check: () => {
      const now = monotonic()
      if (now >= deadline) return { why: 'timeout' }
      if (now < nextLook) return null
      nextLook = now + MEMORY_EVERY_MS
      const used = memory()
      peak = Math.max(peak, used)
      return used > allowed || kills() > 0 ? { why: 'memory', usedBytes: used } : null
    },
  }
}
