import { EVENTS, type EventName } from '../core/events.ts'
import type { Recorder } from '../kube/events.ts'
import type { Pass } from './act/context.ts'
import type { Log } from './log.ts'
import { fieldsOf } from './loop.ts'

/** Told once is enough, as long as nothing else was told in between; so many resources are remembered. */
const MOST_REMEMBERED = 10_000

/** Tells the log and, where people are to see it on the resource, Kubernetes. */
export function teller(log: Log, recorder: Recorder): (pass: Pass, event: EventName, note: string) => void {
  const last = new Map<string, string>()
  return (pass, event, note) => {
    const { uid } = pass.seen.resource
    const told = `${event} ${note}`
    if (last.get(uid) === told) return
    last.delete(uid)
    last.set(uid, told)
    const [oldest] = last.keys()
    if (last.size > MOST_REMEMBERED && oldest !== undefined) last.delete(oldest)
    log(event, { ...fieldsOf(pass), ...(note === '' ? {} : { note }) })
    const { reason, level } = EVENTS[event]
    if (reason === null || pass.object === null) return
    const isWarning = level === 'warn' || level === 'error'
    const type = isWarning ? 'Warning' : 'Normal'
    recorder.record({ regarding: pass.object, type, reason, action: reason, note: note || reason })
  }
}
