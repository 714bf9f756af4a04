import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'

/** A request as it came in, with its body. */
export interface Heard {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** An HTTP server that answers as a test wants, badly on the whole. */
export interface BadServer {
  readonly config: KubeConfig
  readonly heard: readonly Heard[]
  /** Connections that were opened. */
  connections(): number
  close(): Promise<void>
}

/** `answer` is asked for each request, with its number from 0; to hang it does nothing. */
export async function startBadServer(
  answer: (reply: ServerResponse, heard: Heard, number: number) => void,
): Promise<BadServer> {
  const heard: Heard[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((request, reply) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const one: Heard = {
        method: request.method!,
        url: new URL(request.url!, 'http://server'),
        headers: request.headers,
        body: Buffer.concat(parts).toString(),
      }
      heard.push(one)
      answer(reply, one, heard.length - 1)
    })
  })
  server.on('connection', (socket: Socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    config: configFor(`http://127.0.0.1:${port}`),
    heard,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

/** A configuration for a server without TLS, which the Kubernetes client takes only when told not to verify any. */
export function configFor(server: string, user: object = { token: 'token-1' }): KubeConfig {
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'c', server, skipTLSVerify: true }],
    users: [{ name: 'u', ...user }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u', namespace: 'quant' }],
    currentContext: 'x',
  })
  return config
}

/** Answers with JSON. */
export function json(reply: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  reply.writeHead(status, { 'content-type': 'application/json', ...headers })
  reply.end(JSON.stringify(body))
}

/** Answers with the API's Status object. */
export function failure(reply: ServerResponse, code: number, reason: string, more: object = {}): void {
  json(reply, code, {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    code,
    reason,
    message: `it is ${reason}`,
    ...more,
  })
}
