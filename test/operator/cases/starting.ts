import { claim, job, NOW, opened, pod, running } from '../observed.ts'
import { type Case, exit, HOUR, MINUTE, SECOND, starting } from './given.ts'

export const STARTING: readonly Case[] = [
  ['an opened attempt gets its Job', opened, 'start', { do: 'createJob', attempt: 1 }],
  [
    'a Job that may have been there is counted before it is made again',
    { ...opened, launch: { ...opened.launch, permit: false } },
    'count',
    { do: 'countJob', attempt: 1 },
  ],
  [
    'no Job is made again while a pod of the deleted one may still claim',
    {
      ...opened,
      launch: { ...opened.launch, permit: false },
      jobs: [job({ gone: true, pods: [pod({ deleting: true })] })],
    },
    'leaving',
    null,
  ],
  [
    'a fourth Job of an attempt is the last one',
    { ...opened, launch: { ...opened.launch, permit: false, made: 4 } },
    'given-up',
    { do: 'retry', delayMs: MINUTE },
  ],
  [
    'a claimed attempt whose Job is gone is never given another one',
    { ...running, jobs: [] },
    'judge',
    { do: 'retry', attempt: 1 },
  ],
  [
    'a name that belongs to another owner ends the job',
    { ...opened, launch: { ...opened.launch, conflict: 'Job x belongs to Deployment y' } },
    'name-conflict',
    { do: 'settle', how: 'failWaiting' },
  ],
  [
    'a Job that the quota refuses is tried again later',
    {
      ...opened,
      launch: { ...opened.launch, refused: { reason: 'QuotaExceeded', message: '', at: NOW - 20 * SECOND } },
    },
    'refused',
    null,
  ],
  [
    'and again after half a minute',
    {
      ...opened,
      launch: { ...opened.launch, refused: { reason: 'QuotaExceeded', message: '', at: NOW - 31 * SECOND } },
    },
    'start',
    { do: 'createJob' },
  ],
  ['a Job whose pod starts is watched', starting(pod({ phase: 'Pending' })), 'watch', null],
  [
    'a pod without its Secret gives its slot back',
    starting(pod({ phase: 'Pending', waiting: { reason: 'CreateContainerConfigError', message: 'no secret' } })),
    'give-back',
    { do: 'suspendJob', uid: 'job-1' },
  ],
  [
    'a Job that was put aside rests half a minute',
    { ...opened, jobs: [job({ suspended: true, suspendedAt: NOW - 10 * SECOND })] },
    'take-back',
    null,
  ],
  [
    'from when its controller says that it is suspended',
    { ...opened, jobs: [job({ suspended: true, suspendedAt: null })] },
    'take-back',
    null,
  ],
  [
    'then it goes on where a slot is free',
    { ...opened, jobs: [job({ suspended: true, suspendedAt: NOW - 31 * SECOND })] },
    'take-back',
    { do: 'resumeJob' },
  ],
  [
    'and waits where none is',
    { ...opened, jobs: [job({ suspended: true, suspendedAt: NOW - HOUR })], slots: { granted: 0, why: '' } },
    'take-back',
    null,
  ],
  [
    'a Job that a cluster queue suspended is left to the queue',
    { ...opened, jobs: [job({ suspended: true, suspendedAt: NOW - HOUR, queued: true })] },
    'watch',
    null,
  ],
  [
    'a running attempt that the queue suspends goes back to waiting',
    { ...running, jobs: [job({ suspended: true, queued: true })] },
    'suspended-by-queue',
    { do: 'suspendRow', attempt: 1 },
  ],
  [
    'the end of a pod that the queue stopped is no end of the attempt',
    {
      ...opened,
      claims: [claim()],
      jobs: [job({ queued: true, startedAt: NOW - 5 * SECOND, pods: [pod({ gone: true, end: exit(143) })] })],
    },
    'watch',
    null,
  ],
  [
    'an image that cannot be pulled for a while is waited for',
    starting(
      pod({ phase: 'Pending', createdAt: NOW - 14 * MINUTE, waiting: { reason: 'ImagePullBackOff', message: '' } }),
      14 * MINUTE,
    ),
    'watch',
    null,
  ],
  [
    'after a quarter of an hour the attempt fails and is tried again',
    starting(
      pod({ phase: 'Pending', createdAt: NOW - 15 * MINUTE, waiting: { reason: 'ImagePullBackOff', message: '' } }),
      15 * MINUTE,
    ),
    'image-pull',
    {
      do: 'retry',
      failure: {
        errorClass: 'image_pull',
        message: 'the image cannot be pulled: ',
        exitCode: null,
        peakMemoryBytes: null,
      },
    },
  ],
  [
    'an attempt that found no node for a day fails for good',
    starting(pod({ phase: 'Pending', node: null, unschedulable: '0/3 nodes' }), 24 * HOUR),
    'unstarted',
    {
      do: 'settle',
      how: 'failWaiting',
      failure: {
        errorClass: 'unschedulable',
        message: 'not started in 24 h: 0/3 nodes',
        exitCode: null,
        peakMemoryBytes: null,
      },
    },
  ],
]
