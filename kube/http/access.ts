import { Agent as HttpAgent } from 'node:http'
import { Agent, type RequestOptions } from 'node:https'
import { isDeepStrictEqual } from 'node:util'
import { KubeConfig } from '@kubernetes/client-node'
import type { Clock } from '../clock.ts'
import { KubeError } from '../kube-error.ts'

/** Who we are to which API server, as the Kubernetes client finds it: kubeconfig, or the pod's service account. */
export interface Access {
  /** Base URL, without a slash at its end. */
  readonly server: string
  /** Of the context; null where it names none. */
  readonly namespace: string | null
  /** Options of a request as of now: TLS, Authorization, a connection pool. Throws `unauthorized`. */
  options(): Promise<RequestOptions>
  /** Forgets what is remembered: the server refused it. */
  refresh(): void
  close(): void
}

/** The service account of the pod we run in: token file, CA file and address of the API server. */
export function inClusterConfig(): KubeConfig {
  const config = new KubeConfig()
  config.loadFromCluster()
  return config
}

/** A kubeconfig file, or where `path` is null the usual places; `context` null is its current one. */
export function kubeconfigFile(path: string | null, context: string | null): KubeConfig {
  const config = new KubeConfig()
  try {
    if (path === null) config.loadFromDefault()
    else config.loadFromFile(path)
  } catch (cause) {
    throw new KubeError('unauthorized', `cannot read the kubeconfig ${path ?? ''}: ${(cause as Error).message}`, {
      cause,
    })
  }
  if (context !== null) {
    const known = config.getContexts().map((other) => other.name)
    if (!known.includes(context))
      throw new KubeError(
        'unauthorized',
        `no context ${context} in the kubeconfig; it has ${known.join(', ') || 'none'}`,
      )
    config.setCurrentContext(context)
  }
  return config
}

/** A token file is read again after this time; the client itself reads it at most once a minute. */
const REMEMBERED_MS = 30_000
/** Sockets kept for the next call. The operator has some ten watches and as many workers. */
const MOST_SOCKETS = 64
const KEEP_ALIVE_MS = 30_000
const TLS_KEYS = ['ca', 'cert', 'key', 'pfx', 'passphrase', 'rejectUnauthorized', 'servername'] as const

/**
 * Remembers what KubeConfig says for half a minute and keeps one pool of connections. KubeConfig by itself reads every
 * file and makes a new pool, so a new TLS connection, for every call: docs/decisions/0155 has the figures.
 */
export function openAccess(config: KubeConfig, clock: Clock): Access {
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new KubeError('unauthorized', 'the kubeconfig names no cluster for its current context')
  const proxied = cluster.proxyUrl !== undefined
  let remembered: { readonly options: RequestOptions; readonly readAt: number } | null = null
  let pool: { readonly tls: object; readonly agent: Agent | HttpAgent } | null = null

  const read = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {}
    try {
      await config.applyToHTTPSOptions(options)
    } catch (cause) {
      throw new KubeError('unauthorized', `no credentials for ${cluster.server}: ${(cause as Error).message}`, {
        cause,
      })
    }
    if (proxied) return options
    const tls = Object.fromEntries(
      TLS_KEYS.map((key) => [key, options[key]]).filter(([, value]) => value !== undefined),
    )
    // A certificate that was renewed on disk needs new connections; the old ones end by themselves.
    if (pool === null || !isDeepStrictEqual(pool.tls, tls)) pool = { tls, agent: agentFor(cluster.server, tls) }
    return { ...options, agent: pool.agent }
  }

  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? null,
    async options() {
      const now = clock.monotonic()
      if (remembered === null || now - remembered.readAt > REMEMBERED_MS)
        remembered = { options: await read(), readAt: now }
      return remembered.options
    },
    refresh() {
      remembered = null
    },
    close() {
      pool?.agent.destroy()
      pool = null
      remembered = null
    },
  }
}

function agentFor(server: string, tls: object): Agent | HttpAgent {
  const how = {
    keepAlive: true,
    keepAliveMsecs: KEEP_ALIVE_MS,
    maxFreeSockets: MOST_SOCKETS,
    scheduling: 'lifo' as const,
  }
  return server.startsWith('http:') ? new HttpAgent(how) : new Agent({ ...how, ...tls })
}
