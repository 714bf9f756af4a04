import type { RunPolicy } from '../../core/request.ts'

/** How a job runs whose manifest says nothing of it. */
export const RUN: RunPolicy = {
  priority: 'normal',
  timeoutSeconds: null,
  memoryLimitBytes: null,
  cpu: 1,
  retryLimit: 3,
  workerLossPolicy: 'fail',
  suspend: false,
  deletionPolicy: 'retain',
  jobTTLSecondsAfterFinished: 86_400,
}
