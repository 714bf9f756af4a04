import { Exec, type KubeConfig } from '@kubernetes/client-node'
import type { Clock } from '../clock.ts'
import { isKubeError, KubeError } from '../kube-error.ts'
import type { Access } from './access.ts'
import { errorOf } from './answer.ts'
import { DEADLINE_MS } from './caller.ts'
import { objectPath } from './paths.ts'
import { readBody, send } from './transport.ts'

export interface PodExecQuery {
  readonly namespace: string
  readonly name: string
  readonly container: string
  readonly command: readonly string[]
  /** What the command reads; it is told when that is over. */
  readonly stdin: AsyncIterable<Uint8Array>
  /** Cuts the connection; the command finds its input ended. */
  readonly signal?: AbortSignal
}

/** How a command ended, and the last 64 KiB of what it printed. */
export interface PodExecEnd {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Channels of the protocol v5.channel.k8s.io: the first byte of a frame. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const
/** The first protocol that can end the input of a command and leave its output open. */
const PROTOCOL = 'v5.channel.k8s.io'
const FRAME_BYTES = 256 * 1024
const KEPT_BYTES = 64 * 1024
const PING_MS = 15_000
/** So many pings without a sign of life: the connection is dead, whatever TCP still hopes. */
const MISSED_PINGS = 4

/** What is used of the client's WebSocket (the package `ws`, whose types are not installed). */
interface Socket {
  readonly protocol: string
  send(data: Uint8Array, sent: (error?: Error) => void): void
  ping(): void
  on(event: 'close' | 'pong' | 'message', heard: () => void): void
  terminate(): void
}

/**
 * Runs a command in a container of a pod and gives how it ended, whatever its exit code. The client's own `Exec` takes
 * all of the input into memory at once and never ends when the connection is cut; only its handshake is used. Throws
 * `forbidden`, `not_found`, `unavailable` for a cut connection, `timeout` for a dead one, the signal's reason when
 * it is aborted, and what `stdin` throws.
 */
export async function execInPod(access: Access, clock: Clock, query: PodExecQuery): Promise<PodExecEnd> {
  const what = `exec in pod ${query.namespace}/${query.name}`
  query.signal?.throwIfAborted()
  const output = { [CHANNEL.stdout]: tail(), [CHANNEL.stderr]: tail() }
  const end = Promise.withResolvers<number>()
  // It is awaited further down; until then a failure must not count as unhandled.
  end.promise.catch(() => {})
  const socket = await connect(access, query, what, (channel, data) => {
    if (channel === CHANNEL.stdout || channel === CHANNEL.stderr) output[channel].add(data)
    if (channel !== CHANNEL.status) return true
    try {
      end.resolve(exitCodeOf(what, data))
    } catch (error) {
      end.reject(error)
    }
    return false
  })
  socket.on('close', () =>
    end.reject(new KubeError('unavailable', `${what}: the connection was cut before the command ended`)),
  )
  const stop = () => end.reject(query.signal?.reason)
  query.signal?.addEventListener('abort', stop, { once: true })
  if (query.signal?.aborted) stop()
  const quiet = watchSilence(socket, clock, () =>
    end.reject(new KubeError('timeout', `${what}: no sign of life for ${(MISSED_PINGS * PING_MS) / 1000} s`)),
  )
  try {
    if (socket.protocol !== PROTOCOL)
      throw new KubeError('unavailable', `${what}: the API server speaks ${socket.protocol}, not ${PROTOCOL}`)
    // A command may end before it has read everything: then its end is what counts.
    feed(socket, query.stdin).catch(end.reject)
    const exitCode = await end.promise
    return { exitCode, stdout: output[CHANNEL.stdout].text(), stderr: output[CHANNEL.stderr].text() }
  } finally {
    quiet()
    query.signal?.removeEventListener('abort', stop)
    socket.terminate()
  }
}

type Hear = (channel: number, data: Buffer) => boolean

async function connect(access: Access, query: PodExecQuery, what: string, hear: Hear): Promise<Socket> {
  const { namespace, name, container, command } = query
  const search = new URLSearchParams({ container, stdin: 'true', stdout: 'true', stderr: 'true' })
  for (const word of command) search.append('command', word)
  const path = `${objectPath({ kind: 'Pod', namespace, name }, '/exec')}?${search}`
  try {
    return (await new Exec(loginOf(access)).handler.connect(path, null, hear)) as unknown as Socket
  } catch (cause) {
    throw await whyRefused(access, { path, what, cause })
  }
}

/** The two methods of a configuration that the client's handshake asks. */
function loginOf(access: Access): KubeConfig {
  const login = {
    getCurrentCluster: () => ({ server: access.server }),
    applyToHTTPSOptions: async (options: object) => {
      Object.assign(options, await access.options(), { handshakeTimeout: DEADLINE_MS })
    },
  }
  return login as unknown as KubeConfig
}

/**
 * A refused handshake carries a status code and no word. The same call without the handshake is refused in words, by
 * the right it needs: newer servers ask for `create` beside `get`.
 */
async function whyRefused(
  access: Access,
  { path, what, cause }: { readonly path: string; readonly what: string; readonly cause: unknown },
): Promise<KubeError> {
  if (isKubeError(cause)) return cause
  for (const method of ['GET', 'POST'] as const) {
    try {
      const signal = AbortSignal.timeout(DEADLINE_MS)
      const answer = await send(access, { method, path, accept: 'application/json', signal })
      const error = errorOf(what, answer.statusCode ?? 0, answer.headers, await readBody(answer))
      if (isKubeError(error, 'unauthorized')) access.refresh()
      if (!isKubeError(error, 'invalid')) return error
    } catch (error) {
      if (isKubeError(error)) return error
      break
    }
  }
  return new KubeError('unavailable', `${what}: ${(cause as Error).message}`, { cause })
}

/** One frame after the other, each when the one before is on its way: what waits is on the disk, not in memory. */
async function feed(socket: Socket, input: AsyncIterable<Uint8Array>): Promise<void> {
  const put = (channel: number, data: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      // A connection that broke is told of by its end, in better words.
      socket.send(Buffer.concat([Buffer.of(channel), data]), (error) => (error ? reject(broken(error)) : resolve()))
    })
  for await (const piece of input) {
    for (let at = 0; at < piece.length; at += FRAME_BYTES)
      await put(CHANNEL.stdin, piece.subarray(at, at + FRAME_BYTES))
  }
  await put(CHANNEL.close, Buffer.of(CHANNEL.stdin))
}

function broken(cause: Error): KubeError {
  return new KubeError('unavailable', `the connection was cut before the command ended: ${cause.message}`, { cause })
}

/** Calls `dead` when nothing was heard for long, though asked; gives what ends the watch. */
function watchSilence(socket: Socket, clock: Clock, dead: () => void): () => void {
  let missed = 0
  for (const event of ['pong', 'message'] as const) {
    socket.on(event, () => {
      missed = 0
    })
  }
  let cancel = () => {}
  const next = () => {
    cancel = clock.after(PING_MS, () => {
      missed += 1
      if (missed > MISSED_PINGS) return dead()
      socket.ping()
      next()
    })
  }
  next()
  return () => cancel()
}

/** The exit code in the API's Status at the end of a command. Throws when the command could not be run at all. */
function exitCodeOf(what: string, data: Buffer): number {
  const status = statusOf(what, data)
  if (status.status === 'Success') return 0
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message
  if (status.reason === 'NonZeroExitCode' && Number.isInteger(Number(code))) return Number(code)
  throw new KubeError('unavailable', `${what}: ${String(status.message).slice(0, 1024)}`)
}

interface EndStatus {
  readonly status?: string
  readonly reason?: string
  readonly message?: string
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] }
}

function statusOf(what: string, data: Buffer): EndStatus {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value
  } catch {}
  throw new KubeError('garbage', `${what}: an end that is no JSON object`)
}

/** Keeps the end of a text that may be long. */
function tail() {
  let kept: Buffer = Buffer.alloc(0)
  return {
    add: (data: Buffer) => {
      kept = Buffer.concat([kept, data]).subarray(-KEPT_BYTES)
    },
    text: () => kept.toString('utf8'),
  }
}
