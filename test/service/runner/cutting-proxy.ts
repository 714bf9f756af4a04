import { connect, createServer, type Socket } from 'node:net'

/** A way to a server on this machine that cuts a connection once, after a statement has gone through. */
export interface CuttingProxy {
  /** The server's URL by way of the proxy. */
  readonly url: string
  readonly cuts: () => number
  readonly stop: () => Promise<void>
}

/**
 * Forwards everything; when a client sends `marker` for the first time, the server gets it, and `after` has to settle
 * before the connection is cut: the client never sees the answer.
 */
export async function cuttingProxy(to: string, marker: string, after: () => Promise<unknown>): Promise<CuttingProxy> {
  const url = new URL(to)
  const upstreamPort = Number(url.port)
  const sockets = new Set<Socket>()
  let cuts = 0
  const server = createServer((client) => {
    const upstream = connect(upstreamPort, url.hostname)
    let mute = false
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(socket)
          client.destroy()
          upstream.destroy()
        })
    }
    client.on('data', (data) => {
      upstream.write(data)
      if (cuts > 0 || !data.includes(marker)) return
      cuts += 1
      mute = true
      void after().finally(() => client.destroy())
    })
    upstream.on('data', (data) => {
      if (!mute) client.write(data)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no address')
  url.port = String(address.port)
  return {
    url: url.href,
    cuts: () => cuts,
    stop: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
