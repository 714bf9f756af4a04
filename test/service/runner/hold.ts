import { onComputing } from './on-computing.ts'

/** Preloaded into a pod: it stops as soon as it has said that it computes, and goes on when the test lets it. */
onComputing(() => process.kill(process.pid, 'SIGSTOP'))
