import { strict as assert } from 'node:assert'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import pg from 'pg'
import { anyClusterAbsent } from './absent.ts'
import { waitFor } from './daemons.ts'
import { NAMESPACE, startPlatform, type TestPlatform } from './platform.ts'
import { apply } from './pods.ts'

const API = { apiVersion: 'hindcast.dev/v1alpha1' }
const COMPUTATION = {
  dataset: 'sp500',
  alpha: { name: 'momentum', parameters: { lookbackDays: 63, skipDays: 5 } },
  startDate: '2014-01-02',
  endDate: '2015-06-30',
}
/** Small enough for six at once on any machine. */
const HOW = { memoryLimit: '768Mi', cpu: '0.5' }

/** One resource of each kind that computes; the last refers to the first. */
const RESOURCES = [
  {
    ...API,
    kind: 'Backtest',
    metadata: { name: 'momentum', namespace: NAMESPACE },
    // Long enough to be seen moving, though somebody who moves it or looks at it stands still for some seconds.
    spec: { ...COMPUTATION, startDate: '2013-07-01', endDate: '2018-02-07', ...HOW, costModel: {} },
  },
  {
    ...API,
    kind: 'WalkForward',
    metadata: { name: 'walk', namespace: NAMESPACE },
    spec: {
      backtest: COMPUTATION,
      windows: { trainMonths: 6, testMonths: 3, stepMonths: 3, minTrainDays: 60 },
      search: { method: 'grid', parameters: { lookbackDays: [21, 63] } },
      parallelism: 2,
      ...HOW,
    },
  },
  {
    ...API,
    kind: 'MonteCarlo',
    metadata: { name: 'draw', namespace: NAMESPACE },
    spec: { backtestRef: { name: 'momentum' }, simulations: 500, seed: 42, ...HOW },
  },
] as const

const PLURALS = { Backtest: 'backtests', WalkForward: 'walkforwards', MonteCarlo: 'montecarlos' } as const
const END_LIMIT = '--timeout=150s'

suite('the same manifest on a cluster', { skip: anyClusterAbsent() }, () => {
  let platform: TestPlatform
  let folder: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hindcast-happy-'))
    // Slow enough to be seen moving.
    const values = { test: { paceMs: 10 }, clocks: { statusMs: 300, beatLookMs: 300 } }
    platform = await startPlatform({ name: 'happy', values })
  })
  after(async () => {
    rmSync(folder, { recursive: true, force: true })
    await platform?.stop()
  })

  const statusOf = async (kind: keyof typeof PLURALS, name: string) => {
    const path = `/apis/hindcast.dev/v1alpha1/namespaces/${NAMESPACE}/${PLURALS[kind]}/${name}`
    return (await platform.cluster.api('GET', path)).json.status
  }

  test('a Backtest queues, moves and completes, and kubectl wait sees the end', async () => {
    await apply(platform.cluster, RESOURCES[0])
    const percents = new Set<number>()
    await waitFor('the Backtest to end', 120_000, async () => {
      const { progress, phase } = await statusOf('Backtest', 'momentum')
      if (progress?.percent !== undefined) percents.add(progress.percent)
      return ['Completed', 'Failed', 'Cancelled'].includes(phase)
    })
    const moving = [...percents].filter((percent) => percent > 0 && percent < 100)
    assert.ok(moving.length >= 3, `percents seen: ${[...percents]}`)
    await platform.cluster.kubectl([...WAIT, 'backtest/momentum'])
    const shown = await platform.cluster.kubectl(['get', 'bt', '-n', NAMESPACE])
    assert.match(shown, /^momentum +momentum +Completed +100 +-?0\.\d+ +-?0\.\d+ /m)
  })

  test('the other kinds complete as well, on two pods where they are told to', async () => {
    await apply(platform.cluster, RESOURCES[1])
    // Slots are given as they are asked for: the walk shall find two free.
    await waitFor('the walk to be admitted', 60_000, async () => {
      return (await statusOf('WalkForward', 'walk')).jobName !== undefined
    })
    await apply(platform.cluster, RESOURCES[2])
    await platform.cluster.kubectl([...WAIT, 'walkforward/walk', 'montecarlo/draw'], { limitMs: 200_000 })
    for (const [kind, name] of [
      ['WalkForward', 'walk'],
      ['MonteCarlo', 'draw'],
    ] as const) {
      const { phase, error } = await statusOf(kind, name)
      assert.equal(phase, 'Completed', JSON.stringify(error))
    }
    // The row ends with the commit; the Job counts its pods a moment later.
    await waitFor('one Job of two pods to have counted both', 30_000, async () => {
      const jobs = JSON.parse(await platform.cluster.kubectl(['get', 'jobs', '-n', NAMESPACE, '-o', 'json'])).items
      const indexed = jobs.filter((job: { spec: { completionMode: string } }) => job.spec.completionMode === 'Indexed')
      return indexed.length === 1 && indexed[0].spec.completions === 2 && indexed[0].status.succeeded === 2
    })
  })

  test('every file is byte for byte what the laptop makes of the same manifest', async () => {
    const files = RESOURCES.map((resource) => {
      const file = join(folder, `${resource.metadata.name}.yaml`)
      writeFileSync(file, JSON.stringify(resource))
      return file
    })
    const { code, stdout, stderr } = await platform.hindcast(['run', ...files, '-o', 'json'])
    assert.equal(code, 0, stderr)
    const results = JSON.parse(stdout) as {
      kind: keyof typeof PLURALS
      name: string
      jobId: string
      resultPath: string
    }[]
    assert.equal(results.length, RESOURCES.length)
    for (const { kind, name, jobId, resultPath } of results) {
      const status = await statusOf(kind, name)
      assert.equal(status.jobId, jobId)
      const there = await platform.fetch(join(NAMESPACE, jobId, String(status.attempt)))
      const names = readdirSync(resultPath).sort()
      assert.deepEqual(readdirSync(there).sort(), names, kind)
      for (const file of names.filter((one) => one !== 'manifest.json')) {
        assert.ok(readFileSync(join(there, file)).equals(readFileSync(join(resultPath, file))), `${kind} ${file}`)
      }
      const [cluster, laptop] = [there, resultPath].map((at) => manifestOf(at))
      assert.equal(cluster!.contentSha256, laptop!.contentSha256)
    }
  })

  test('no row is completed without snapshot and versions', async () => {
    const client = new pg.Client({ connectionString: platform.cluster.databaseUrl })
    await client.connect()
    try {
      const { rows } = await client.query(
        `SELECT kind, status, snapshot_id, dataset_version_ids FROM backtest_jobs WHERE namespace = $1 ORDER BY kind`,
        [NAMESPACE],
      )
      assert.equal(rows.length, RESOURCES.length)
      for (const row of rows) {
        assert.equal(row.status, 'completed')
        assert.match(row.snapshot_id, /^sp500-[0-9a-f]{8}$/)
        assert.ok(Object.keys(row.dataset_version_ids).length > 0, row.kind)
      }
    } finally {
      await client.end()
    }
  })

  test('pods had no token, could write to store and scratch alone, and passed Pod Security restricted', async () => {
    const { items } = JSON.parse(await platform.cluster.kubectl(['get', 'pods', '-n', NAMESPACE, '-o', 'json']))
    // Not what brought the data or cleans up: such a pod comes and goes in its own time.
    const runners = items.filter((pod: Pod) => pod.metadata.labels['hindcast.dev/job-id'] !== undefined)
    assert.equal(runners.length, 4)
    for (const { spec } of runners as Pod[]) {
      assert.equal(spec.automountServiceAccountToken, false)
      assert.deepEqual(spec.volumes.map(({ name }) => name).sort(), ['scratch', 'store'])
      assert.equal(spec.containers[0]!.securityContext.readOnlyRootFilesystem, true)
    }
  })
})

const WAIT = ['wait', '-n', NAMESPACE, '--for=condition=Finished', END_LIMIT]

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly spec: {
    readonly automountServiceAccountToken: boolean
    readonly volumes: readonly { readonly name: string }[]
    readonly containers: readonly { readonly securityContext: { readonly readOnlyRootFilesystem: boolean } }[]
  }
}

function manifestOf(folder: string): { contentSha256: string } {
  return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
}
