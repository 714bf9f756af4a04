import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { KubeConfig } from '@kubernetes/client-node'
import { configFor, failure } from './bad-server.ts'

/** One command under way, as a test plays the other side of it. */
export interface Played {
  readonly url: URL
  /** Everything that came on the channel of the input so far, and whether its end was told. */
  readonly input: () => Buffer
  readonly inputEnded: () => boolean
  /** Sends a frame: the channel, then the data. */
  readonly say: (channel: number, data: string) => void
  /** Breaks the connection below everything. */
  readonly cut: () => void
}

export interface ExecServer {
  readonly config: KubeConfig
  close(): Promise<void>
}

/** How a test plays: asked once at the start of a command (no frame yet) and again after each frame that came in. */
export interface Play {
  readonly protocol?: string
  /** Refuses the handshake, and the plain call after it by the second reason. */
  readonly refuse?: readonly [status: number, reason: string]
  /** Answers no ping. */
  readonly deaf?: boolean
  readonly act?: (played: Played) => void
}

const ACCEPT = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const OPCODE = { binary: 2, ping: 9, pong: 10 } as const

/** An API server that knows nothing but `exec`, over a WebSocket written out by hand: it does what no server should. */
export async function startExecServer(play: Play): Promise<ExecServer> {
  const sockets = new Set<Socket>()
  const server = createServer((_, reply) => {
    if (play.refuse === undefined) failure(reply, 400, 'BadRequest')
    else failure(reply, ...play.refuse)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('upgrade', (request, socket: Socket) => {
    if (play.refuse !== undefined) {
      socket.end(`HTTP/1.1 ${play.refuse[0]} No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key']}${ACCEPT}`).digest('base64')
    const protocol = play.protocol ?? 'v5.channel.k8s.io'
    const head = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: Upgrade']
    const answers = [`sec-websocket-accept: ${accept}`, `sec-websocket-protocol: ${protocol}`]
    socket.write(`${[...head, ...answers].join('\r\n')}\r\n\r\n`)
    converse(socket, new URL(request.url!, 'http://server'), play)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    config: configFor(`http://127.0.0.1:${port}`),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function converse(socket: Socket, url: URL, { act, deaf = false }: Play): void {
  const input: Buffer[] = []
  let inputEnded = false
  const played: Played = {
    url,
    input: () => Buffer.concat(input),
    inputEnded: () => inputEnded,
    say: (channel, data) => socket.write(frame(OPCODE.binary, Buffer.from([channel, ...Buffer.from(data)]))),
    cut: () => socket.destroy(),
  }
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (data: Buffer) => {
    rest = Buffer.concat([rest, data])
    for (let next = parse(rest); next !== null; next = parse(rest)) {
      rest = rest.subarray(next.length)
      if (next.opcode === OPCODE.ping && !deaf) socket.write(frame(OPCODE.pong, next.body))
      if (next.opcode !== OPCODE.binary) continue
      if (next.body[0] === 0) input.push(next.body.subarray(1))
      else inputEnded = next.body.equals(Buffer.of(255, 0))
      act?.(played)
    }
  })
  act?.(played)
}

/** A frame of a server: whole and without a mask. */
function frame(opcode: number, body: Buffer): Buffer {
  const length = body.length < 126 ? Buffer.of(body.length) : Buffer.of(126, body.length >> 8, body.length & 255)
  return Buffer.concat([Buffer.of(0x80 | opcode), length, body])
}

/** The first frame of a client, its mask taken off; null when it is not there whole yet. */
function parse(data: Buffer): { readonly opcode: number; readonly body: Buffer; readonly length: number } | null {
  if (data.length < 2) return null
  const short = data[1]! & 127
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0
  const at = 2 + extra + 4
  if (data.length < at) return null
  const size = extra === 2 ? data.readUInt16BE(2) : extra === 8 ? Number(data.readBigUInt64BE(2)) : short
  if (data.length < at + size) return null
  const mask = data.subarray(at - 4, at)
  const body = Buffer.from(data.subarray(at, at + size).map((byte, k) => byte ^ mask[k % 4]!))
  return { opcode: data[0]! & 15, body, length: at + size }
}
