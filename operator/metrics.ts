import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Seconds from a millisecond to a day, for latencies and for waits alike. */
const FAST = [0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30]
const SLOW = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400]

/** What is read when somebody asks, since it is a state and no event. */
export interface Gauges {
  readonly leads: boolean
  readonly postgresUp: boolean
  readonly redisUp: boolean
  readonly recordPending: number
  readonly heartbeatAgeSeconds: number
  /** What clean-ups measured: all files of all namespaces, and the least room of a store; null: it has no limit. */
  readonly stores: { readonly usedBytes: number; readonly freeBytes: number | null }
  /** Jobs that are not terminal. */
  readonly jobs: readonly { readonly kind: string; readonly status: string; readonly priority: string; count: number }[]
  /** Resources that wait for a slot, by priority. */
  readonly waiting: Readonly<Record<string, number>>
  /** Keys that wait for a worker, by lane. */
  readonly lanes: Readonly<Record<string, number>>
  /** Age of the last sign of life of each watch, by kind. */
  readonly watchAgeSeconds: Readonly<Record<string, number>>
  readonly pool: { readonly open: number; readonly idle: number; readonly waiting: number } | null
}

/** Everything the operator counts. No job, no name and no namespace in a label (cardinality). */
export type Metrics = ReturnType<typeof createMetrics>

/** Metrics of one operator, in a registry of their own. `read` is asked at every scrape. */
export function createMetrics(read: () => Gauges) {
  const registry = new Registry()
  const registers = [registry]
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter<Label>({ name: `hindcast_${name}`, help, labelNames, registers })
  const seconds = <Label extends string>(
    name: string,
    help: string,
    more: { labelNames?: readonly Label[]; buckets: number[] },
  ) => new Histogram<Label>({ name: `hindcast_${name}`, help, labelNames: [], registers, ...more })
  addGauges(registry, read)
  addStores(registry, read)
  return {
    reconciles: counter('reconcile_total', 'Passes by the rule that decided, and whether they went through.', [
      'rule',
      'result',
    ]),
    reconcileSeconds: seconds('reconcile_seconds', 'How long a pass took; over 1 s, look at Postgres and the API.', {
      buckets: FAST,
    }),
    submitSeconds: seconds('submit_seconds', 'From the creation of a resource to its row.', { buckets: FAST }),
    startSeconds: seconds('job_created_seconds', 'From the creation of a resource to its first Job.', {
      buckets: [...FAST, 60, 300, 3_600],
    }),
    queueWaitSeconds: seconds('queue_wait_seconds', 'From queued to an open attempt; p95 over 15 min: add slots.', {
      labelNames: ['priority'],
      buckets: SLOW,
    }),
    attemptSeconds: seconds('attempt_duration_seconds', 'From start to end of an attempt.', {
      labelNames: ['kind'],
      buckets: SLOW,
    }),
    cancelSeconds: seconds(
      'cancel_latency_seconds',
      'From a request to cancel to the terminal row; over 30 s is a bug.',
      {
        buckets: FAST,
      },
    ),
    finished: counter('jobs_finished_total', 'Jobs that ended.', ['kind', 'status', 'error_class']),
    retries: counter('retries_total', 'Retries decided, by the cause.', ['class']),
    vanished: counter('jobs_vanished_total', 'Kubernetes Jobs that went without an end; somebody deletes them.'),
    lost: counter('lost_jobs_total', 'Attempts whose beats stopped; look at the nodes.'),
    outOfMemory: counter('oom_total', 'Attempts over their memory: noticed by the runner, or killed by the kernel.', [
      'kind',
    ]),
    fenced: counter('fenced_writes_total', 'Writes that touched no row, since somebody else decided first.', ['write']),
    peakMemory: peakMemory(registry),
    kubeCalls: counter('kube_calls_total', 'Calls to the API server that ended.', ['verb', 'kind', 'result']),
    kubeSeconds: seconds(
      'kube_call_seconds',
      'How long calls took, with retries and waits; a watch until it is open.',
      {
        labelNames: ['verb'],
        buckets: FAST,
      },
    ),
    kubeLimitedSeconds: counter(
      'kube_limited_seconds_total',
      'Time that calls waited for our own limiter; raise HINDCAST_KUBE_QPS.',
    ),
    swept: counter('swept_resources_total', 'Resources that a sweep found gone.'),
    /** Adds the figures of the process itself. Once per process: they count all of it. */
    addProcess: () => collectDefaultMetrics({ register: registry }),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}

function peakMemory(registry: Registry) {
  return new Histogram({
    name: 'hindcast_peak_memory_bytes',
    help: 'Peak memory of finished attempts; compare with their limits.',
    buckets: [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64].map((gib) => gib * 1024 ** 3),
    registers: [registry],
  })
}

/** As clean-ups measured them last: the operator mounts no store. */
function addStores(registry: Registry, read: () => Gauges): void {
  const registers = [registry]
  new Gauge({
    name: 'backtest_parquet_storage_bytes_total',
    help: 'Bytes of all artifacts, as clean-ups measured them last.',
    registers,
    collect() {
      this.set(read().stores.usedBytes)
    },
  })
  new Gauge({
    name: 'hindcast_artifact_free_bytes',
    help: 'Room in the fullest store; absent where stores have no limit. At 5 in a hundred nothing starts there.',
    registers,
    collect() {
      this.reset()
      const { freeBytes } = read().stores
      if (freeBytes === null) this.remove()
      else this.set(freeBytes)
    },
  })
}

function addGauges(registry: Registry, read: () => Gauges): void {
  const plain = (name: string, help: string, value: (now: Gauges) => number) =>
    new Gauge({
      name: `hindcast_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(value(read()))
      },
    })
  const labelled = (
    gauge: { name: string; help: string; label: string },
    values: (now: Gauges) => Record<string, number>,
  ) =>
    new Gauge({
      name: `hindcast_${gauge.name}`,
      help: gauge.help,
      labelNames: [gauge.label],
      registers: [registry],
      collect() {
        this.reset()
        for (const [value, count] of Object.entries(values(read()))) this.set({ [gauge.label]: value }, count)
      },
    })
  plain('leader', 'Whether this process leads; a minute without any: nothing is admitted.', (now) => +now.leads)
  plain('postgres_up', 'Whether the record answered last; down: nothing new starts.', (now) => +now.postgresUp)
  plain('redis_up', 'Whether Redis answered last; down: progress comes from the record.', (now) => +now.redisUp)
  plain(
    'record_pending',
    'Results that wait for the record; over 0 for 10 min: look at Postgres.',
    (now) => now.recordPending,
  )
  plain(
    'heartbeat_age_seconds',
    'The longest that a running attempt has been silent.',
    (now) => now.heartbeatAgeSeconds,
  )
  labelled({ name: 'queue_depth', help: 'Resources that wait for a slot.', label: 'priority' }, (now) => ({
    ...now.waiting,
  }))
  labelled(
    { name: 'work_queue_depth', help: 'Keys that wait for a worker of the operator.', label: 'lane' },
    (now) => ({
      ...now.lanes,
    }),
  )
  labelled(
    { name: 'watch_age_seconds', help: 'Since the last sign of life of a watch; over 180: it is dead.', label: 'kind' },
    (now) => ({
      ...now.watchAgeSeconds,
    }),
  )
  labelled(
    { name: 'database_connections', help: 'Connections to the record, and statements that wait.', label: 'state' },
    ({ pool }) => (pool === null ? {} : { ...pool }),
  )
  new Gauge({
    name: 'hindcast_jobs',
    help: 'Jobs that are not terminal.',
    labelNames: ['kind', 'status', 'priority'],
    registers: [registry],
    collect() {
      this.reset()
      for (const { count, ...labels } of read().jobs) this.set(labels, count)
    },
  })
}
