import { join } from 'node:path'
import { systemClock } from '../../../kube/clock.ts'
import { kubeconfigFile, openAccess } from '../../../kube/http/access.ts'
import { readBody, send } from '../../../kube/http/transport.ts'
import type { ApiRequest } from '../api.ts'
import type { TestCluster } from '../cluster.ts'
import { ensurePrograms, hasProgram } from '../programs.ts'
import { run, tryRun } from '../run.ts'
import type { GivenSettings } from './settings.ts'

/** What only the machine that runs a cluster can do to it. */
const OURS_ALONE = [
  ...(['exec', 'userConfig', 'loadImage', 'podProcesses', 'volumeFolder', 'signal'] as const),
  ...(['stopNode', 'startNode', 'stopKubelet', 'startKubelet'] as const),
  ...(['stopApiServer', 'startApiServer', 'restartApiServer'] as const),
  ...(['stopPostgres', 'startPostgres', 'stopRedis', 'startRedis'] as const),
] as const satisfies readonly (keyof TestCluster)[]

const CALL_LIMIT_MS = 20_000

/** A given cluster as tests see any other; what it cannot do throws. `name` is the context. */
export async function openGiven({ context, databaseUrl, redisUrl }: GivenSettings): Promise<TestCluster> {
  const config = kubeconfigFile(null, context)
  const access = openAccess(config, systemClock({ now: Date.now, monotonic: () => performance.now() }))
  const kubectl = [await programOf('kubectl'), '--context', context]
  const helm = [await programOf('helm'), '--kube-context', context]
  return {
    name: context,
    kubeconfig: process.env.KUBECONFIG ?? join(process.env.HOME ?? '', '.kube', 'config'),
    server: access.server,
    certificateAuthority: '',
    logs: '',
    databaseUrl,
    redisUrl,
    kubectl: (args, options) => run([...kubectl, ...args], options),
    tryKubectl: (args, options) => tryRun([...kubectl, ...args], options),
    helm: (args, options) => run([...helm, ...args], options),
    api: apiOf(access),
    ...refusals(),
    stop: async () => access.close(),
  }
}

/** The one on the PATH, else the one that clusters of our own are made of. */
async function programOf(name: 'kubectl' | 'helm'): Promise<string> {
  return hasProgram(name) ? name : join(await ensurePrograms(), name)
}

type Refused = Pick<TestCluster, (typeof OURS_ALONE)[number]>

function refusals(): Refused {
  const refused = (name: string) => () => {
    throw new Error(`${name}: a given cluster is not ours to break`)
  }
  return Object.fromEntries(OURS_ALONE.map((name) => [name, refused(name)])) as unknown as Refused
}

function apiOf(access: ReturnType<typeof openAccess>): ApiRequest {
  return async (method, path, { body, contentType = 'application/json' } = {}) => {
    const answer = await send(access, {
      method: method as 'GET',
      path,
      accept: 'application/json',
      ...(body === undefined ? {} : { contentType, body: typeof body === 'object' ? JSON.stringify(body) : body }),
      signal: AbortSignal.timeout(CALL_LIMIT_MS),
    })
    const text = await readBody(answer)
    const isJson = answer.headers['content-type']?.startsWith('application/json') === true
    return { status: answer.statusCode ?? 0, json: isJson ? JSON.parse(text) : text }
  }
}
