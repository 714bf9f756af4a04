import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import type { Clock } from '../clock.ts'
import { KubeError } from '../kube-error.ts'
import { brokenBy } from './transport.ts'

/** etcd takes objects of 1.5 MiB; a longer line is no event. */
const MOST_LINE_CHARS = 16 * 1024 * 1024

/**
 * The lines of a stream. Throws `timeout` after a silence of `silenceMs`, `unavailable` when the stream is cut (also in
 * the middle of a line), `garbage` on a line without end. Leaving the loop closes the stream.
 */
export async function* linesOf(body: IncomingMessage, clock: Clock, silenceMs: number): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8')
  // Pieces of a line are joined once it is whole: a long one would otherwise be copied with every chunk.
  let pieces: string[] = []
  let length = 0
  const hush = () => {
    const silent = new KubeError('timeout', `the watch was silent for ${Math.round(silenceMs / 1000)} s`)
    return clock.after(silenceMs, () => body.destroy(silent))
  }
  let cancel = hush()
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      cancel()
      const parts = decoder.write(chunk).split('\n')
      for (const [index, part] of parts.entries()) {
        pieces.push(part)
        length += part.length
        if (length > MOST_LINE_CHARS)
          throw new KubeError('garbage', `a line of more than ${MOST_LINE_CHARS} characters`)
        if (index === parts.length - 1) break
        const line = pieces.join('')
        pieces = []
        length = 0
        if (line.trim() !== '') yield line
      }
      cancel = hush()
    }
  } catch (cause) {
    throw brokenBy(cause)
  } finally {
    cancel()
    body.destroy()
  }
  if (pieces.join('').trim() !== '') throw new KubeError('unavailable', 'the watch was cut in the middle of a line')
}
