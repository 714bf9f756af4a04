import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below what Linux gives to whoever asks for any port, and Kubernetes to Services: nobody takes it meanwhile. */
const FIRST = 20_000
const AFTER_LAST = 30_000
const TRIES = 100

/** A port of this machine that a server of a test can have, also again after it was killed. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, AFTER_LAST)
    const probe = createServer().listen(port, '127.0.0.1')
    const free = await once(probe, 'listening').then(
      () => true,
      () => false,
    )
    if (!free) continue
    probe.close()
    await once(probe, 'close')
    return port
  }
  throw new Error(`of ${TRIES} ports from ${FIRST} on none is free`)
}
