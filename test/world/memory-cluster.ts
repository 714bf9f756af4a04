import type { Clock } from '../../kube/clock.ts'
import type { Cluster, ListPage, ListQuery, WatchQuery } from '../../kube/cluster.ts'
import { KINDS, type KindName } from '../../kube/kinds.ts'
import { KubeError } from '../../kube/kube-error.ts'
import { type KubeObject, keyOf, type ObjectRef } from '../../kube/object.ts'
import { startGarbageCollector } from './api-server/garbage.ts'
import { startJobController } from './api-server/job-controller.ts'
import { type Machines, type MachinesOptions, startMachines } from './api-server/machines.ts'
import { applyWhole, mergePatch } from './api-server/merge.ts'
import { metadataOf, selects } from './api-server/selectors.ts'
import { createState } from './api-server/state.ts'
import { CALM, type OpenWatch, type WatchWeather, watchEvents } from './api-server/watching.ts'
import {
  createObject,
  deleteObject,
  found,
  kindOf,
  type Server,
  updateObject,
  updateStatus,
} from './api-server/writes.ts'

/** One call of a client, counted from 1 over the life of the world. */
export interface Call {
  readonly index: number
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'replace' | 'patch' | 'applyStatus' | 'delete'
  readonly kind: KindName
  /** `namespace/name`; of a list or a watch the namespace alone, or '' for all. */
  readonly key: string
  /** Who calls, by the name given to `client()`. */
  readonly client: string
}

/**
 * Stands in the way of every call: throws before `run` for a call that never arrives, after it for an answer that is
 * lost, waits for a slow one, and never resolves for a process that died there.
 */
export type Intercept = <T>(call: Call, run: () => Promise<T>) => Promise<T>

export interface MemoryClusterOptions {
  readonly clock: Clock
  /** Two worlds of one seed give the same uids. */
  readonly seed?: string
  readonly intercept?: Intercept
  /** The way of events to one watcher, asked once for each watch. */
  readonly weather?: (query: WatchQuery) => WatchWeather
  /** Nodes, containers and their programs; absent: one node whose programs exit 0 after a second. */
  readonly machines?: MachinesOptions
  /** How long a controller takes to react, ms. */
  readonly reactMs?: () => number
}

/** A simulated API server with the controllers that act on Jobs and pods. */
export interface MemoryCluster {
  /** A client of that name, for the calls' log; every client sees the same server. */
  client(name?: string): Cluster
  readonly machines: Machines
  /** The server's own view, without calls, faults or lag. */
  read(ref: ObjectRef): KubeObject | undefined
  all(kind: KindName): readonly KubeObject[]
  /** What a user does: not intercepted. */
  apply(object: KubeObject): KubeObject
  edit(ref: ObjectRef, patch: Readonly<Record<string, unknown>>): KubeObject
  remove(ref: ObjectRef): void
  /** Writes since the start. */
  version(): number
  /** Forgets history: continue tokens and old watches get 410. */
  compact(): void
  /** Ends the watches of a kind (all kinds without one): quietly, or with an error. Gives how many. */
  cutWatches(kind?: KindName, error?: KubeError): number
  openWatches(): readonly WatchQuery[]
  stop(): void
}

const DEFAULT_REACT_MS = 10

export function createMemoryCluster(options: MemoryClusterOptions): MemoryCluster {
  const server: Server = { state: createState(), clock: options.clock, uidSeed: options.seed ?? 'world' }
  const reactMs = options.reactMs ?? (() => DEFAULT_REACT_MS)
  const machines = startMachines(server, options.machines ?? {}, reactMs)
  const stops = [startGarbageCollector(server, reactMs), startJobController(server, reactMs), machines.stop]
  const watches = new Set<OpenWatch>()
  /** Pages that were promised to a client: the rest of a list as it was when it began. */
  const pages = new Map<string, { readonly items: readonly KubeObject[]; readonly version: number }>()
  const owned = new Map<string, ReadonlySet<string>>()
  let calls = 0

  const client = (name: string): Cluster => {
    const call = <T>(verb: Call['verb'], kind: KindName, key: string, run: () => T): Promise<T> => {
      calls += 1
      const intercept: Intercept = options.intercept ?? ((_call, go) => go())
      return intercept({ index: calls, verb, kind, key, client: name }, async () => {
        await Promise.resolve()
        return run()
      })
    }
    const at = (ref: ObjectRef) => `${ref.namespace}/${ref.name}`
    return {
      get: (ref) => call('get', ref.kind, at(ref), () => found(server, ref.kind, at(ref))),
      list: (query) => call('list', query.kind, query.namespace ?? '', () => listPage(server, pages, query)),
      async *watch(query) {
        await call('watch', query.kind, query.namespace ?? '', () => {
          if (Number(query.resourceVersion) > server.state.version())
            throw new KubeError('timeout', `Too large resource version: ${query.resourceVersion}`, { status: 504 })
        })
        yield* watchEvents(server, query, options.weather?.(query) ?? CALM, (watch) => {
          watches.add(watch)
          return () => watches.delete(watch)
        })
      },
      create: (object) => call('create', kindOf(object), keyOf(object), () => createObject(server, object)),
      replace: (object) => call('replace', kindOf(object), keyOf(object), () => replaced(server, object)),
      patch: (ref, patch) => call('patch', ref.kind, at(ref), () => patched(server, ref, patch)),
      applyStatus: (ref, status) =>
        call('applyStatus', ref.kind, at(ref), () => {
          const before = found(server, ref.kind, at(ref))
          const uid = before.metadata.uid!
          const next = applyWhole(before.status, structuredClone(status), owned.get(uid) ?? new Set())
          owned.set(uid, new Set(Object.keys(status)))
          return updateStatus(server, ref.kind, at(ref), next)
        }),
      delete: (ref, how) =>
        call('delete', ref.kind, at(ref), () => {
          found(server, ref.kind, at(ref), ref.uid)
          return deleteObject(server, ref.kind, at(ref), how ?? {})
        }),
    }
  }

  return {
    client: (name = 'client') => client(name),
    machines,
    read: (ref) => server.state.read(ref.kind, `${ref.namespace}/${ref.name}`),
    all: (kind) => server.state.all(kind),
    apply: (object) => createObject(server, object),
    edit: (ref, patch) => patched(server, ref, patch),
    remove: (ref) => void deleteObject(server, ref.kind, `${ref.namespace}/${ref.name}`, {}),
    version: () => server.state.version(),
    compact() {
      server.state.compact()
      pages.clear()
    },
    cutWatches(kind, error) {
      const cut = [...watches].filter((watch) => kind === undefined || watch.query.kind === kind)
      for (const watch of cut) watch.cut(error ?? null)
      return cut.length
    },
    openWatches: () => [...watches].map((watch) => watch.query),
    stop() {
      for (const stop of stops) stop()
      for (const watch of [...watches]) watch.cut(null)
    },
  }
}

function listPage(
  server: Server,
  pages: Map<string, { readonly items: readonly KubeObject[]; readonly version: number }>,
  query: ListQuery,
): ListPage {
  const matches = selects(query)
  const begun = query.continueToken === undefined ? undefined : pages.get(query.continueToken)
  if (query.continueToken !== undefined && begun === undefined)
    throw new KubeError('gone', 'The provided continue parameter is too old', { status: 410 })
  const items = begun?.items ?? server.state.all(query.kind).filter(matches)
  const version = begun?.version ?? server.state.version()
  const limit = query.limit ?? items.length
  const rest = items.slice(limit)
  const token = rest.length === 0 ? null : `${version}/${rest.length}/${keyOf(rest[0]!)}`
  if (token !== null) pages.set(token, { items: rest, version })
  const page = items.slice(0, limit)
  return {
    items: query.metadataOnly ? page.map(metadataOf) : page,
    resourceVersion: String(version),
    continueToken: token,
  }
}

function replaced(server: Server, object: KubeObject): KubeObject {
  const kind = kindOf(object)
  const before = found(server, kind, keyOf(object), object.metadata.uid)
  guardVersion(before, object.metadata.resourceVersion)
  return updateObject(server, kind, keyOf(object), () => object)
}

function patched(server: Server, ref: ObjectRef, patch: Readonly<Record<string, unknown>>): KubeObject {
  const key = `${ref.namespace}/${ref.name}`
  const before = found(server, ref.kind, key, ref.uid)
  const metadata = patch.metadata as { resourceVersion?: string } | undefined
  guardVersion(before, metadata?.resourceVersion)
  return updateObject(server, ref.kind, key, (object) => mergePatch(object, structuredClone(patch)) as KubeObject)
}

function guardVersion(before: KubeObject, version: string | undefined): void {
  if (version === undefined || version === before.metadata.resourceVersion) return
  const what = `${KINDS[before.kind as KindName].plural} "${before.metadata.name}"`
  throw new KubeError('conflict', `${what}: the object has been modified`, { status: 409 })
}
