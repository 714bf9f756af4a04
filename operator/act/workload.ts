import { isKubeError, type KubeError } from '../../kube/kube-error.ts'
import type { KubeObject } from '../../kube/object.ts'
import { inlineSourceName } from '../intent/source.ts'
import type { Action } from '../reconcile/types.ts'
import type { Acted, Hands, Pass } from './context.ts'
import { recorded } from './record.ts'

type Of<Do extends Action['do']> = Extract<Action, { do: Do }>

/** Codes that no further try of the same create will cure by itself at once: told, and tried again later. */
const REFUSALS = ['quota', 'forbidden', 'invalid', 'not_found'] as const

/**
 * Makes the Job of an open attempt. One that is there already is ours when our resource controls it; else the name is
 * another's for good. A refusal is noted for the next pass; a lost answer rejects, and the next pass asks again.
 */
export async function createJob(hands: Hands, pass: Pass, { attempt }: Of<'createJob'>): Promise<Acted> {
  const { cluster, launches, assume, clock } = hands
  const { job } = recorded(pass)
  const { uid, namespace, status } = pass.seen.resource
  const wanted = hands.template(pass, attempt)
  try {
    assume(await cluster.create(wanted))
    launches.answered(job.jobId, attempt)
    if (status?.startTime === undefined && attempt === 1) observeStart(hands, pass)
    return 'done'
  } catch (thrown) {
    if (isKubeError(thrown, 'already_exists')) {
      const found = await cluster.get({ kind: 'Job', namespace, name: wanted.metadata.name })
      if (controllerOf(found) === uid) {
        assume(found)
        launches.answered(job.jobId, attempt)
        return 'done'
      }
      launches.conflict(job.jobId, attempt, `the Job ${namespace}/${wanted.metadata.name} belongs to ${ownerOf(found)}`)
      return 'done'
    }
    if (!isKubeError(thrown, ...REFUSALS)) throw thrown
    launches.refused(job.jobId, attempt, { reason: reasonOf(thrown), message: thrown.message, at: clock.now() })
    return 'done'
  }
}

function observeStart({ metrics, clock }: Hands, pass: Pass): void {
  const created = Date.parse(pass.object?.metadata.creationTimestamp ?? '')
  if (!Number.isNaN(created)) metrics.startSeconds.observe(Math.max(0, clock.now() - created) / 1000)
}

function reasonOf({ code }: KubeError): string {
  return { quota: 'QuotaExceeded', forbidden: 'Forbidden', invalid: 'JobRefused' }[code as string] ?? 'NamespaceMissing'
}

export async function deleteJob(hands: Hands, pass: Pass, { name, uid }: Of<'deleteJob'>): Promise<Acted> {
  const { namespace } = pass.seen.resource
  const left = await gone(() =>
    hands.cluster.delete({ kind: 'Job', namespace, name, uid }, { propagation: 'Foreground' }),
  )
  if (left !== null) hands.assume(left)
  return 'done'
}

/** Without asking their node: it may be lost. */
export async function forcePods(hands: Hands, pass: Pass, { pods }: Of<'forcePods'>): Promise<Acted> {
  const { namespace } = pass.seen.resource
  for (const { name, uid } of pods) {
    await gone(() => hands.cluster.delete({ kind: 'Pod', namespace, name, uid }, { gracePeriodSeconds: 0 }))
  }
  return 'done'
}

/** What is gone, or another by now, needs no deletion. */
async function gone(run: () => Promise<KubeObject | null>): Promise<KubeObject | null> {
  try {
    return await run()
  } catch (thrown) {
    if (isKubeError(thrown, 'not_found', 'conflict')) return null
    throw thrown
  }
}

export function setJobTtl(hands: Hands, pass: Pass, { name, uid, seconds }: Of<'setJobTtl'>): Promise<Acted> {
  return patchJob(hands, pass, { name, uid, spec: { ttlSecondsAfterFinished: seconds } })
}

export function suspendJob(hands: Hands, pass: Pass, { name, uid }: Of<'suspendJob'>): Promise<Acted> {
  return patchJob(hands, pass, { name, uid, spec: { suspend: true } })
}

/** Goes on with a suspended Job, in slots of its own. */
export async function resumeJob(hands: Hands, pass: Pass, { name, uid }: Of<'resumeJob'>): Promise<Acted> {
  const { attempt } = recorded(pass)
  if (attempt === null) return 'fenced'
  const { namespace } = pass.seen.resource
  const give = hands.desk.reserve({ namespace, priority: attempt.priority, slots: attempt.parallelism })
  if (give === null) return 'fenced'
  try {
    return await patchJob(hands, pass, { name, uid, spec: { suspend: false } })
  } finally {
    give()
  }
}

async function patchJob(
  hands: Hands,
  pass: Pass,
  {
    name,
    uid,
    spec,
  }: { readonly name: string; readonly uid: string; readonly spec: Readonly<Record<string, unknown>> },
): Promise<Acted> {
  const ref = { kind: 'Job', namespace: pass.seen.resource.namespace, name, uid } as const
  try {
    hands.assume(await hands.cluster.patch(ref, { spec }))
    return 'done'
  } catch (thrown) {
    if (isKubeError(thrown, 'not_found', 'conflict')) return 'fenced'
    throw thrown
  }
}

/** The Backtest of an inline source, controlled by the MonteCarlo that needs it. */
export async function createSource(hands: Hands, pass: Pass): Promise<Acted> {
  const { object } = pass
  if (object === null) return 'fenced'
  const { backtest, ...rest } = object.spec as Readonly<Record<string, unknown>>
  const { metadata } = object
  const { annotations } = metadata
  const source: KubeObject = {
    apiVersion: object.apiVersion,
    kind: 'Backtest',
    metadata: {
      name: inlineSourceName(metadata.name),
      namespace: pass.seen.resource.namespace,
      ...(annotations?.[CREATED_BY] === undefined ? {} : { annotations: { [CREATED_BY]: annotations[CREATED_BY] } }),
      ownerReferences: [
        {
          apiVersion: object.apiVersion,
          kind: object.kind,
          name: metadata.name,
          uid: pass.seen.resource.uid,
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    spec: { ...pick(rest, RUN_FIELDS), ...(backtest as object) },
  }
  try {
    await hands.cluster.create(source)
  } catch (thrown) {
    // Whose it is, is looked at when it is read.
    if (!isKubeError(thrown, 'already_exists')) throw thrown
  }
  return 'done'
}

const CREATED_BY = 'hindcast.dev/created-by'
/** How the MonteCarlo runs is how its source runs, as it was made: nobody would end its suspension with the other's. */
const RUN_FIELDS = [
  'priority',
  'timeoutSeconds',
  'memoryLimit',
  'cpu',
  'retryLimit',
  'workerLossPolicy',
  'deletionPolicy',
  'jobTTLSecondsAfterFinished',
]

function pick(from: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]]))
}

function controllerOf(object: KubeObject): string | null {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? null
}

function ownerOf(object: KubeObject): string {
  const owner = object.metadata.ownerReferences?.find((one) => one.controller === true)
  return owner === undefined ? 'nobody' : `${owner.kind} ${owner.name} (uid ${owner.uid})`
}
