import type { KubeConfig } from '@kubernetes/client-node'
import type { Cluster, ListPage } from './cluster.ts'
import { inClusterConfig, kubeconfigFile, openAccess } from './http/access.ts'
import { type ClientOptions, createCaller, JSON_TYPE, listed } from './http/caller.ts'
import { openWatch } from './http/open-watch.ts'
import { createPath, listPath, objectPath } from './http/paths.ts'
import { execInPod, type PodExecEnd, type PodExecQuery } from './http/pod-exec.ts'
import { type PodLogQuery, readPodLog } from './http/pod-log.ts'
import { KINDS, type KindName } from './kinds.ts'
import { isKubeError, KubeError } from './kube-error.ts'
import type { KubeObject, ObjectRef } from './object.ts'

export type { ClientOptions, FinishedCall, Verb } from './http/caller.ts'
export type { PodExecEnd, PodExecQuery } from './http/pod-exec.ts'
export type { PodLogQuery } from './http/pod-log.ts'

/** A cluster on the other side of a network. */
export interface RemoteCluster extends Cluster {
  readonly server: string
  /** The namespace of the kubeconfig's context or of the pod; null where none is named. */
  readonly namespace: string | null
  /** What a pod's container said, as it says it. Throws `not_found`, and `unavailable` when the connection is cut. */
  podLog(ref: PodLogQuery): AsyncIterable<string>
  /** Runs a command in a pod's container to its end, whatever its exit code. See execInPod for what it throws. */
  exec(query: PodExecQuery): Promise<PodExecEnd>
  /** Closes the connections; calls under way end `unavailable`. */
  close(): void
}

const DEFAULT_MANAGERS = { object: 'hindcast-operator', status: 'hindcast-status' }
/** The API server of the pod we run in. */
export function openClusterFromPod(options: ClientOptions): RemoteCluster {
  return openCluster(inClusterConfig(), options)
}

/**
 * The API server of a kubeconfig: `path` null is $KUBECONFIG or ~/.kube/config, `context` null the current one.
 * Throws KubeError `unauthorized` naming the contexts there are.
 */
export function openClusterFromKubeconfig(
  where: { readonly path: string | null; readonly context: string | null },
  options: ClientOptions,
): RemoteCluster {
  return openCluster(kubeconfigFile(where.path, where.context), options)
}

/** The API server that a KubeConfig of the Kubernetes client names, over connections that are kept. */
export function openCluster(config: KubeConfig, options: ClientOptions): RemoteCluster {
  const access = openAccess(config, options.clock)
  const call = createCaller(access, options)
  const managers = options.managers ?? DEFAULT_MANAGERS
  const object = (answer: unknown) => answer as KubeObject
  const write = (manager: string) => `fieldManager=${encodeURIComponent(manager)}`

  return {
    server: access.server,
    namespace: access.namespace,
    podLog: (query) => readPodLog(access, options.clock, query),
    exec: (query) => execInPod(access, options.clock, query),
    close: () => access.close(),
    get: (ref) => call({ verb: 'get', ref, method: 'GET', path: objectPath(ref) }).then(object),
    async list(query) {
      const path = listPath(query)
      const accept = query.metadataOnly ? PARTIAL_LIST : JSON_TYPE
      return pageOf(query.kind, await call({ verb: 'list', ref: listed(query), method: 'GET', path, accept }))
    },
    watch: (query) => openWatch(access, options, query),
    create(made) {
      const ref = refOf(made)
      const path = `${createPath(ref.kind, ref.namespace)}?${write(managers.object)}`
      return call({ verb: 'create', ref, method: 'POST', path, body: made }).then(object)
    },
    replace(made) {
      const ref = refOf(made)
      const path = `${objectPath(ref)}?${write(managers.object)}`
      return call({ verb: 'replace', ref, method: 'PUT', path, body: made }).then(object)
    },
    patch(ref, patch) {
      const path = `${objectPath(ref)}?${write(managers.object)}`
      const body =
        ref.uid === undefined ? patch : { ...patch, metadata: { ...(patch.metadata as object), uid: ref.uid } }
      return call({ verb: 'patch', ref, method: 'PATCH', path, body, contentType: MERGE_PATCH }).then(object, namesake)
    },
    applyStatus(ref, status) {
      const path = `${objectPath(ref, '/status')}?${write(managers.status)}&force=true`
      const { apiVersion, kind } = KINDS[ref.kind]
      const body = { apiVersion, kind, metadata: { name: ref.name, namespace: ref.namespace }, status }
      return call({ verb: 'applyStatus', ref, method: 'PATCH', path, body, contentType: APPLY_PATCH }).then(object)
    },
    async delete(ref, how = {}) {
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        ...(how.propagation === undefined ? {} : { propagationPolicy: how.propagation }),
        ...(how.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: how.gracePeriodSeconds }),
        ...(ref.uid === undefined ? {} : { preconditions: { uid: ref.uid } }),
      }
      const answer = object(await call({ verb: 'delete', ref, method: 'DELETE', path: objectPath(ref), body }))
      return onItsWay(answer) ? answer : null
    },
  }
}

const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'
const MERGE_PATCH = 'application/merge-patch+json'
const APPLY_PATCH = 'application/apply-patch+yaml'

/** Items of a list carry no kind of their own: they get it back. */
function pageOf(kind: KindName, answer: unknown): ListPage {
  const { items: found, metadata } = answer as {
    items?: KubeObject[] | null
    metadata?: { resourceVersion?: string; continue?: string }
  }
  // A list of metadata that is empty has no items at all: null.
  const items = found === null ? [] : found
  if (!Array.isArray(items) || typeof metadata?.resourceVersion !== 'string')
    throw new KubeError('garbage', `list ${KINDS[kind].plural}: an answer that is no list`)
  const { apiVersion } = KINDS[kind]
  return {
    items: items.map((item) => (item.kind === undefined ? { ...item, apiVersion, kind } : item)),
    resourceVersion: metadata.resourceVersion,
    continueToken: metadata.continue || null,
  }
}

/** A patch that carries another uid is refused as a change of an immutable field; for us it met a namesake. */
function namesake(error: unknown): never {
  if (isKubeError(error, 'invalid') && error.message.includes('metadata.uid'))
    throw new KubeError('conflict', error.message, { status: 409, cause: error })
  throw error
}

/** A delete answers with a Status once the object is gone, and with the object while something holds it. */
function onItsWay(answer: KubeObject): boolean {
  return answer.kind !== 'Status' && answer.metadata?.deletionTimestamp !== undefined
}

function refOf(object: KubeObject): ObjectRef {
  const kind = object.kind as KindName
  if (KINDS[kind]?.apiVersion !== object.apiVersion)
    throw new KubeError('invalid', `${object.apiVersion} ${object.kind} is no kind that Hindcast speaks to`)
  return { kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name }
}
