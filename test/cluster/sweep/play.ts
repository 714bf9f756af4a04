import { sleep } from '../../../kube/clock.ts'
import { isKubeError } from '../../../kube/kube-error.ts'
import type { OperatorCall } from '../../world/actors/deployment.ts'
import type { Weather } from '../../world/actors/process.ts'
import { endFaults, isQuiet, watchInvariants } from '../../world/invariants.ts'
import { CANCEL, endingOf, fateIn, NAME, type Played, resourceOf, type Script, statusIn } from '../../world/scripts.ts'
import { type Death, nameOfCall } from './cases.ts'
import type { Ground } from './ground.ts'
import { persistently } from './persistence.ts'
import { openStage, type Stage } from './stage.ts'

const LOOK_MS = 200
/** Most scripts take six seconds; a machine with other work on it takes its time. */
const MOST_MS = 120_000
/** How long nothing may move at the end. The operator looks around twice in it. */
const REST_MS = 1_000

/** `died`: the operator was killed as asked; it may have come to its end without that call. */
export interface PlayedOnServer extends Played {
  readonly died: boolean
  readonly tookMs: number
}

/** Plays a script on the real server; the operator dies once, or not at all. */
export async function playOnServer(ground: Ground, script: Script, death: Death | null): Promise<PlayedOnServer> {
  const { weather, died } = weatherOf(death)
  const stage = await openStage(ground, { weather, fateOf: fateIn(script) })
  const { clock } = ground
  const began = clock.monotonic()
  try {
    const watcher = watchInvariants(stage)
    await submit(ground, script, stage.namespace)
    stage.operators.start()
    let cancelled = script.cancel !== true
    let moved = { what: '', at: clock.monotonic() }
    while (clock.monotonic() - began < MOST_MS) {
      await sleep(clock, LOOK_MS)
      await persistently(() => stage.refresh())
      watcher.look()
      if (!cancelled && statusIn(stage)?.phase === 'Running') {
        await cancel(ground, script, stage.namespace)
        cancelled = true
      }
      const what = movement(stage)
      if (what !== moved.what || !isOver(stage)) moved = { what, at: clock.monotonic() }
      if (cancelled && clock.monotonic() - moved.at >= REST_MS) break
    }
    return {
      ending: endingOf(stage, stage.jobs),
      calls: stage.operators.calls,
      faults: [...watcher.faults, ...endFaults(stage), ...stage.kubelet.faults, ...leftOver(stage)],
      died: died(),
      tookMs: clock.monotonic() - began,
    }
  } finally {
    await stage.close()
  }
}

/** The operator dies at the n-th call of a name, whichever process makes it. */
function weatherOf(death: Death | null): { weather: (call: OperatorCall) => Weather; died: () => boolean } {
  let met = 0
  return {
    weather: (call) => {
      if (death === null || nameOfCall(call) !== death.call) return 'fine'
      met += 1
      return met === death.nth ? death.how : 'fine'
    },
    died: () => death !== null && met >= death.nth,
  }
}

async function submit({ cluster }: Ground, script: Script, namespace: string): Promise<void> {
  await persistently(() => cluster.create(resourceOf(script, namespace))).catch((thrown) => {
    // Made by a try whose answer was lost.
    if (!isKubeError(thrown, 'already_exists')) throw thrown
  })
}

async function cancel({ cluster }: Ground, { kind }: Script, namespace: string): Promise<void> {
  const labels = { 'hindcast.dev/request': CANCEL }
  await persistently(() => cluster.patch({ kind, namespace, name: NAME }, { metadata: { labels } }))
}

/** Everything is at its end, and an operator that is alive and leads has nothing to say against it. */
function isOver(stage: Stage): boolean {
  return isQuiet(stage) && endFaults(stage).length === 0 && leftOver(stage).length === 0
}

function leftOver({ kubelet, operators, jobs, state }: Stage): readonly string[] {
  const faults: string[] = []
  const alive = operators.processes.find((process) => process.alive)
  const leads = ({ process, what }: OperatorCall) => process === alive?.name && what === 'ledger raiseEpoch'
  if (!operators.calls.some(leads)) faults.push('no operator leads')
  if (kubelet.busy() > 0) faults.push(`${kubelet.busy()} pods still run`)
  if (jobs.size !== state.attempts.size) faults.push(`${jobs.size} Jobs of ${state.attempts.size} attempts`)
  return faults
}

/** Another text whenever anything moved. */
function movement({ cluster, state }: Stage): string {
  const kinds = ['Backtest', 'WalkForward', 'MonteCarlo', 'Job', 'Pod'] as const
  return JSON.stringify([
    kinds.flatMap((kind) => cluster.all(kind).map(({ metadata }) => metadata.resourceVersion)),
    [...state.jobs.values(), ...state.attempts.values(), ...state.resources.values()],
  ])
}
