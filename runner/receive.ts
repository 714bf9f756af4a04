import { writeFileSync } from 'node:fs'
import { HindcastError } from '../core/errors.ts'
import { parseStore } from '../storage/blobs/store-config.ts'
import { encodePlaced, placeReceived } from '../storage/in/store/receive-snapshot.ts'

/**
 * The hidden command `receive STORE` of the runner's image: a snapshot from standard input onto the volume that an
 * import pod mounts (`hindcast dataset push --context`). It knows neither the record nor a secret; its last line says
 * what became of the snapshot.
 */
export async function receiveMain(store: string | undefined): Promise<never> {
  const pieces: AsyncIterator<Uint8Array> = process.stdin[Symbol.asyncIterator]()
  try {
    if (store === undefined) throw new HindcastError('usage', 'receive wants a store, such as file:///store/.datasets')
    say(encodePlaced(await placeReceived(parseStore(store), { [Symbol.asyncIterator]: () => pieces })))
    process.exit(0)
  } catch (thrown) {
    // A bug: the stack is for whoever reads the error stream.
    if (!(thrown instanceof HindcastError)) throw thrown
    say(encodePlaced(thrown))
    // What nobody reads would hold the connection, and the word and the exit code with it.
    while (!(await pieces.next()).done);
    process.exit(1)
  }
}

function say(line: string): void {
  writeFileSync(1, `${line}\n`)
}
