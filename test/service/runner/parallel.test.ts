import { strict as assert } from 'node:assert'
import { after, test } from 'node:test'
import type { Plan } from '../../../core/plan.ts'
import type { Attempt } from '../../../storage/ledger/ledger.ts'
import { document, manifest } from '../../flow/cli-process.ts'
import { startWorld, type World } from './cluster-world.ts'
import { type EndedPod, HELD, type PodProcess, until } from './pod-process.ts'

const SOURCE = manifest('source')
const WALK = document('WalkForward', 'walk', {
  backtest: { dataset: 'tiny', alpha: { name: 'reversal' }, startDate: '2015-01-05', endDate: '2015-12-31' },
  windows: { trainMonths: 3, testMonths: 1, stepMonths: 1, minTrainDays: 60 },
  search: { parameters: { lookbackDays: [5, 10] } },
})
const PATHS = (source: object) => document('MonteCarlo', 'paths', { ...source, simulations: 8000, seed: 7 })

const world = await startWorld([SOURCE, WALK, PATHS({ backtestRef: { name: 'source' } })])
if ('skipped' in world) test('pods that share a job', { skip: world.skipped }, () => {})
else suite(world)

function suite(w: World): void {
  after(() => w.stop())

  interface Crew {
    readonly plan: Plan
    readonly attempt: Attempt
    readonly pods: readonly PodProcess[]
  }
  const begin = async (plan: Plan, parallelism: number, env = {}, node: string[] = []): Promise<Crew> => {
    const attempt = await w.open(plan, { parallelism })
    const pods = Array.from({ length: parallelism }, (_, index) => {
      // As Kubernetes names it in the pods of an Indexed Job.
      const own = { JOB_COMPLETION_INDEX: String(index), HINDCAST_PARALLELISM: String(parallelism) }
      return w.pod(attempt, plan, { ...own, ...env }, node)
    })
    return { plan, attempt, pods }
  }
  const outcomes = (ended: readonly EndedPod[]) => ended.map(({ termination }) => termination?.outcome).sort()
  const planOf = async (kind: 'walk' | 'paths') => {
    if (kind === 'walk') return await w.plan(WALK)
    const source = await w.plan(SOURCE)
    if ((await w.ledger.findJob(source.jobId)) === null) {
      const pod = w.pod(await w.open(source), source)
      assert.equal((await pod.ended).code, 0, pod.text())
    }
    return await w.plan(PATHS({ backtestRef: { jobId: source.jobId } }))
  }

  for (const kind of ['walk', 'paths'] as const) {
    test(`three pods of one job (${kind}): one merges, the others deliver, the bytes are the laptop's`, async () => {
      const { plan, pods } = await begin(await planOf(kind), 3)
      const ended = await Promise.all(pods.map((pod) => pod.ended))
      assert.deepEqual(
        ended.map(({ code }) => code),
        [0, 0, 0],
        pods.map((pod) => pod.text()).join('\n'),
      )
      assert.deepEqual(outcomes(ended), ['completed', 'delivered', 'delivered'])
      const job = await w.job(plan)
      const merger = ended.find(({ termination }) => termination?.outcome === 'completed')?.termination
      const found = await w.ledger.findAttempt(plan.jobId, job.attempt)
      assert.deepEqual([job.status, found?.mergedBy], ['completed', merger?.podUid])
      assert.deepEqual(w.files(job.resultPath), w.laptop(plan.jobId))
    })
  }

  test('each of them beats under its own index', async () => {
    const { plan, attempt, pods } = await begin(await planOf('walk'), 2, { HINDCAST_TEST_PACE_MS: '20' })
    const beats = await until('two beats', async () => {
      const [found] = await w.channel.readBeats([{ ...plan, attempt: attempt.attempt, parallelism: 2 }])
      return found?.every((one) => one !== null) && found
    })
    assert.deepEqual(
      beats.map((one) => one?.podUid),
      pods.map((pod) => pod.podUid),
    )
    for (const pod of pods) pod.child.kill('SIGKILL')
    await Promise.all(pods.map((pod) => pod.ended))
  })

  test('a run whose pods are killed goes on in a further attempt, from the units that are done', async () => {
    const { plan, attempt, pods } = await begin(await planOf('walk'), 2, { HINDCAST_TEST_PACE_MS: '10' }, HELD)
    await Promise.all(pods.map((pod) => pod.held()))
    // The other one stands still, so that the run cannot end before both are killed.
    pods[0]?.goOn()
    await until('units in the record', async () => {
      const units = (await w.ledger.countUnits([plan.jobId])).get(plan.jobId)
      return (units?.done ?? 0) >= 2
    })
    for (const pod of pods) pod.child.kill('SIGKILL')
    await Promise.all(pods.map((pod) => pod.ended))
    const steer = { jobId: plan.jobId, attempt: attempt.attempt, epoch: w.epoch }
    const lost = { errorClass: 'node_lost', message: 'test', delayMs: 0 }
    assert.notEqual(await w.ledger.retry(steer, lost), 'fenced')
    const next = await w.open(plan, { cause: 'retry' })
    const alone = w.pod(next, plan)
    assert.equal((await alone.ended).code, 0, alone.text())
    const resumed = await alone.said('units_resumed')
    assert.ok(Number(resumed.resumed) >= 2)
    assert.deepEqual(w.files((await w.job(plan)).resultPath), w.laptop(plan.jobId))
  })

  test('Postgres away while units are done: they wait in memory, and the run completes', async () => {
    const { plan, attempt, pods } = await begin(await planOf('walk'), 2, { HINDCAST_TEST_PACE_MS: '5' }, HELD)
    await Promise.all(pods.map((pod) => pod.held()))
    await w.postgres.kill()
    const key = { ...plan, attempt: attempt.attempt, parallelism: 2 }
    const seq = async () => (await w.channel.readBeats([key]))[0]?.map((one) => one?.seq ?? 0) ?? []
    const before = await seq()
    for (const pod of pods) pod.goOn()
    await until('both beat on', async () => (await seq()).every((now, index) => now > (before[index] ?? 0) + 5))
    await w.postgres.start()
    const ended = await Promise.all(pods.map((pod) => pod.ended))
    assert.deepEqual(outcomes(ended), ['completed', 'delivered'], pods.map((pod) => pod.text()).join('\n'))
    assert.deepEqual(w.files((await w.job(plan)).resultPath), w.laptop(plan.jobId))
  })

  test('a cancel ends every pod of a job, and leaves nothing of it', async () => {
    const { plan, attempt, pods } = await begin(await planOf('walk'), 2, { HINDCAST_TEST_PACE_MS: '2000' })
    await Promise.all(pods.map((pod) => pod.said('attempt_stage', { stage: 'computing' })))
    await w.ledger.requestCancel(plan.jobId, 'ada')
    const ended = await Promise.all(pods.map((pod) => pod.ended))
    // The first one writes the row; the other finds it written.
    for (const { code } of ended) assert.ok(code === 77 || code === 78, `${code}`)
    assert.ok(ended.some(({ code }) => code === 77))
    assert.deepEqual([(await w.job(plan)).status, w.left(attempt)], ['cancelled', []])
  })
}
