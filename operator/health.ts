import { createServer, type Server } from 'node:http'

/** What the probes and Prometheus ask. */
export interface Probes {
  /** Null: alive; else why not, in a few words. */
  alive(): string | null
  /** Null: ready; Redis and Postgres are conditions and no part of it. */
  ready(): string | null
  /** The metrics as Prometheus reads them. */
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>
}

export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

/** Serves /healthz, /readyz and /metrics on every address of the pod. Port 0 takes any free one. */
export async function serveHealth(port: number, probes: Probes): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const say = (status: number, contentType: string, text: string) => {
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' })
      response.end(request.method === 'HEAD' ? undefined : text)
    }
    const probe = (fault: string | null) => say(fault === null ? 200 : 503, 'text/plain', `${fault ?? 'ok'}\n`)
    if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, 'text/plain', 'GET only\n')
    switch (request.url?.split('?')[0]) {
      case '/healthz':
        return probe(probes.alive())
      case '/readyz':
        return probe(probes.ready())
      case '/metrics':
        probes.metrics().then(
          ({ contentType, text }) => say(200, contentType, text),
          () => say(500, 'text/plain', 'the metrics cannot be read\n'),
        )
        return
      default:
        return say(404, 'text/plain', 'known: /healthz, /readyz, /metrics\n')
    }
  })
  await listening(server, port)
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
