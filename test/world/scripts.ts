import type { ResourceStatus } from '../../core/status/shape.ts'
import type { KubeObject } from '../../kube/object.ts'
import type { OperatorCall } from './actors/deployment.ts'
import type { Weather } from './actors/process.ts'
import type { Fate } from './actors/runner.ts'
import { type Scene, subjects } from './invariants.ts'
import { backtest, monteCarlo, walkForward } from './resources.ts'

/** What the crash sweeps play: one resource, what becomes of its runner, and whether a user cancels it. */
export interface Script {
  readonly title: string
  readonly kind: 'Backtest' | 'WalkForward' | 'MonteCarlo'
  readonly fate: Fate
  /** Asked for when the run has been going for a while. */
  readonly cancel?: boolean
}

const ENDS = [
  { how: 'runs well', fate: 'happy' },
  { how: 'is cancelled', fate: 'slow', cancel: true },
  { how: 'runs out of memory', fate: 'oom' },
  { how: 'runs out of time', fate: 'timeout' },
] as const

export const SCRIPTS: readonly Script[] = (['Backtest', 'WalkForward', 'MonteCarlo'] as const).flatMap((kind) =>
  ENDS.map(({ how, ...end }) => ({ title: `a ${kind} that ${how}`, kind, ...end })),
)

/** The resource of a script. */
export const NAME = 'swept'
export const CANCEL = 'cancel-1'

export function resourceOf({ kind }: Script, namespace?: string): KubeObject {
  if (kind === 'WalkForward') return walkForward(NAME, 5, { parallelism: 2 }, namespace)
  return kind === 'Backtest'
    ? backtest(NAME, 5, {}, namespace)
    : monteCarlo(NAME, { backtest: backtest('x', 5).spec }, {}, namespace)
}

/** A source that a MonteCarlo brings along runs well, whatever becomes of its owner. */
export const fateIn =
  ({ fate }: Script) =>
  (name: string): Fate =>
    name === NAME ? fate : 'happy'

export const statusIn = (scene: Scene): ResourceStatus | undefined =>
  subjects(scene).find(({ metadata }) => metadata.name === NAME)?.status

/** How a script was played: its end, what operators asked for on the way, and what must never be and was. */
export interface Played {
  readonly ending: Ending
  readonly calls: readonly OperatorCall[]
  readonly faults: readonly string[]
}

/** Plays a script under a weather of the operators' calls. */
export type Play = (script: Script, weather: (call: OperatorCall) => Weather) => Promise<Played>

/** What must be the same wherever the operator died. */
export interface Ending {
  readonly phases: readonly string[]
  readonly attempts: readonly string[]
  readonly jobs: readonly string[]
}

/** Of the resource, inside the name of a Job: another one where the operator made its owner a call later. */
const UID = /-[0-9a-f]{8}-a/

/** `jobs`: name and uid of every Job that was ever seen. */
export function endingOf(scene: Scene, jobs: ReadonlySet<string>): Ending {
  return {
    phases: subjects(scene).map(
      ({ metadata, status }) => `${metadata.name} ${status?.phase} ${status?.error?.class ?? ''}`,
    ),
    attempts: [...scene.state.attempts.values()]
      .map(({ attempt, status, errorClass }) => `${attempt} ${status} ${errorClass}`)
      .sort(),
    jobs: [...jobs].map((one) => one.replace(UID, '-UID-a').split(' ')[0] as string).sort(),
  }
}
