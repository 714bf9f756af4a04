import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of one call on its way to the server. */
export type Fault =
  | 'pass'
  /** The connection ends before the server hears anything. */
  | 'before'
  /** The server does what it was asked, and its answer is lost. */
  | 'after'
  /** The answer ends in the middle of its body. */
  | 'cut'
  /** No answer, and no end of the connection. */
  | 'silence'
  /** Another answer than the server's. */
  | { readonly status: number; readonly body?: string }

export interface Call {
  readonly method: string
  readonly path: string
}

/** A way to a server on which each call can be made to fail. */
export interface FaultyProxy {
  readonly endpoint: string
  /** Every call since `plan`, in order. */
  readonly calls: readonly Call[]
  /** Starts counting anew; `fault` is asked for each call with its number from 0 on. */
  readonly plan: (fault: (number: number, call: Call) => Fault) => void
  readonly stop: () => Promise<void>
}

export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const { hostname, port } = new URL(target)
  let fault: (number: number, call: Call) => Fault = () => 'pass'
  const calls: Call[] = []
  const server = createServer((incoming, outgoing) => {
    const call = { method: incoming.method ?? '', path: incoming.url ?? '' }
    const verdict = fault(calls.push(call) - 1, call)
    if (verdict === 'silence') return
    if (verdict === 'before') return void incoming.socket.destroy()
    if (typeof verdict === 'object') return void refuse(incoming, outgoing, verdict)
    forward(incoming, outgoing, { hostname, port, verdict })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    plan: (next) => {
      calls.length = 0
      fault = next
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The signature is over the host that the client named, so the headers go on as they are. */
function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { hostname, port, verdict }: { hostname: string; port: string; verdict: 'pass' | 'after' | 'cut' },
): void {
  const { method, url, headers } = incoming
  const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
    if (verdict === 'pass') {
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(outgoing)
      return
    }
    const pieces: Buffer[] = []
    answer.on('data', (piece: Buffer) => pieces.push(piece))
    answer.on('end', () => {
      if (verdict === 'after') return void incoming.socket.destroy()
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
      const body = Buffer.concat(pieces)
      outgoing.write(body.subarray(0, body.length >> 1), () => incoming.socket.destroy())
    })
  })
  onward.on('error', () => incoming.socket.destroy())
  incoming.pipe(onward)
}

function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, body = '' }: Exclude<Fault, string>,
): void {
  incoming.resume()
  incoming.once('end', () => outgoing.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body))
}
