import type { ResourceStatus } from '../../core/status/shape.ts'
import { statusOf } from '../../core/status.ts'
import type { OperatorClocks } from '../config.ts'
import { statusFactsOf } from './status-facts.ts'
import type { Observed } from './types.ts'

/** The status of a resource as observed. */
export function statusFor(seen: Observed, clocks: OperatorClocks): ResourceStatus {
  return statusOf(statusFactsOf(seen, clocks))
}
