import { HindcastError } from '../../core/errors.ts'
import { numberText } from '../../core/number-text.ts'
import type { PodExecEnd, RemoteCluster } from '../../kube/client.ts'
import { systemClock } from '../../kube/clock.ts'
import { isKubeError, type KubeError, type KubeErrorCode } from '../../kube/kube-error.ts'
import type { SnapshotRecord } from '../../storage/in/snapshot/entry.ts'
import { openDatasets } from '../../storage/in/store/open-datasets.ts'
import type { DatasetTarget } from '../../storage/in/store/port.ts'
import { decodePlaced } from '../../storage/in/store/receive-snapshot.ts'
import { sendSnapshot } from '../../storage/in/store/stream.ts'
import type { Context } from '../context.ts'
import { existingHome } from '../local/home-folder.ts'
import { withRecord } from '../namespaces/record.ts'
import { print } from '../output/print.ts'
import { interruptible } from '../runs/interruption.ts'
import { importPlace } from './import-place.ts'
import { IMPORTER, type ImportPlace, importPod, receiverCommand, storeText } from './import-pod.ts'
import { type Pushed, pushedData, pushedText, pushTo } from './push.ts'
import { type PodLife, withPod } from './run-import-pod.ts'

/** Where a push over exec goes. */
export interface ClaimFlags {
  readonly context: string
  readonly namespace?: string
  readonly claim?: string
  readonly image?: string
}

/**
 * `hindcast dataset push SNAPSHOT --context NAME`: through the API server into a pod that mounts the claim, then the
 * row into the catalogue from here. The pod is gone when the command ends; killed, it ends by itself.
 */
export async function pushToClaim(context: Context, name: string, flags: ClaimFlags): Promise<number> {
  const { datasetsDir } = existingHome(context.home)
  return await withRecord(context, 'dataset push', (ledger) =>
    interruptible(context, async ({ controller, happened }) => {
      const { signal } = controller()
      const { pushed } = await onCluster(context, flags.context, async (cluster, clock) => {
        const namespace = flags.namespace ?? cluster.namespace ?? 'default'
        const place = await importPlace(cluster, namespace, flags)
        const tell = (text: string) => context.terminal.note(text)
        if (!context.quiet) tell(`to claim ${place.claim} in namespace ${namespace} of ${flags.context}\n`)
        const store = claimDatasets(context, { cluster, clock, signal, tell }, { namespace, place })
        return await pushTo({ store, ledger }, context, { datasetsDir, snapshotId: name })
      }).catch((thrown: unknown) => {
        if (!happened()) throw thrown
        throw new HindcastError('interrupted', 'the push was interrupted; nothing of it can be seen, run it again')
      })
      await tellPushed(context, pushed)
      return 0
    }),
  )
}

const tellPushed = (context: Context, pushed: Pushed) => print(context, pushedData(pushed), () => pushedText(pushed))

/** Opens the cluster of a context; what it refuses becomes a failure that says what to do. */
async function onCluster<T>(
  context: Context,
  name: string,
  work: (cluster: RemoteCluster, clock: PodLife['clock']) => Promise<T>,
): Promise<T> {
  // Heavy, and of no use to any other command.
  const { openClusterFromKubeconfig } = await import('../../kube/client.ts')
  const clock = systemClock(context)
  const managers = { object: 'hindcast-cli', status: 'hindcast-cli' }
  // Spreads repeated calls over time: nothing that has to be unpredictable.
  const random = () => (context.monotonic() % 1_000) / 1_000
  try {
    const cluster = openClusterFromKubeconfig({ path: null, context: name }, { clock, random, managers })
    try {
      return await work(cluster, clock)
    } finally {
      cluster.close()
    }
  } catch (thrown) {
    throw isKubeError(thrown) ? clusterFailure(thrown) : thrown
  }
}

const OUT_OF_REACH: readonly KubeErrorCode[] = ['unavailable', 'timeout', 'garbage', 'too_many_requests']

/** What the API server said, with whether a later try may work. */
function clusterFailure(error: KubeError): HindcastError {
  if (!OUT_OF_REACH.includes(error.code)) return new HindcastError('cluster_refused', error.message, { cause: error })
  const advice = 'nothing half written can be seen; run it again'
  return new HindcastError('cluster_unavailable', `${error.message} (${advice})`, { cause: error })
}

/** The datasets of a claim as seen through a pod that is made for each push. */
function claimDatasets(
  context: Context,
  life: PodLife,
  { namespace, place }: { readonly namespace: string; readonly place: ImportPlace },
): DatasetTarget {
  const { locate } = openDatasets(context.config.parseStore(storeText(place)))
  const push: DatasetTarget['push'] = (datasetsDir, record) => {
    const name = `hindcast-import-${context.randomId().slice(0, 8)}`
    return withPod(life, importPod({ namespace, name }, place), async () => {
      const end = await life.cluster.exec({
        ...{ namespace, name, container: IMPORTER, command: receiverCommand(place), signal: life.signal },
        stdin: counted(context, sendSnapshot(datasetsDir, record), record),
      })
      return placedOf(end, place)
    })
  }
  return { locate, push }
}

function placedOf(end: PodExecEnd, { image }: ImportPlace) {
  const placed = decodePlaced(end.stdout)
  if (placed !== null && end.exitCode === 0) return placed
  const said = `${end.stderr}${end.stdout}`.trim().slice(-1_000)
  throw new HindcastError(
    'cluster_unavailable',
    `the receiver in the pod ended with ${end.exitCode} and without a word that is known here; is ${image} the ` +
      `runner's image of this version?${said === '' ? '' : `\n  ${said.replaceAll('\n', '\n  ')}`}`,
  )
}

/** The stream, with a line that says how far it is. */
async function* counted(context: Context, stream: AsyncIterable<Uint8Array>, { files }: SnapshotRecord) {
  const megabytes = (bytes: number) => numberText(bytes / 1e6, { unit: 'count', digits: 1 })
  const all = megabytes(files.reduce((sum, { bytes }) => sum + bytes, 0))
  let sent = 0
  try {
    for await (const piece of stream) {
      yield piece
      sent += piece.length
      context.terminal.moving(`${megabytes(sent)} of ${all} MB`)
    }
    context.terminal.moving('the pod checks and makes the panel')
  } finally {
    context.terminal.moving('')
  }
}
