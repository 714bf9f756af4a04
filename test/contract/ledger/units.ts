import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Claim, StoredUnit, UnitBytes, UnitSet } from '../../../storage/ledger/ledger.ts'
import type { Database } from '../../../storage/ledger/sql.ts'
import { UNIT_BYTES_MAX } from '../../../storage/ledger/units.ts'
import { type Bench, failure, newJob, opening, result, runningJob, touched } from './builders.ts'

/** Units of parallel kinds: stored as they finish, skipped by a further attempt, merged once (design.md 3). */
export function unitsContract(engine: string, bench: () => Bench): void {
  const it: It = (title, run) =>
    test(`${engine}: ${title}`, async () => run({ ...bench(), epoch: await bench().ledger.raiseEpoch('test') }))

  stored(it)
  damaged(it)
  merged(it)
  gone(it)
}

type At = Bench & { readonly epoch: number }
type It = (title: string, run: (at: At) => Promise<void>) => void

const SET: UnitSet = { engineRevision: 1, total: 4 }

function bytesOf(unit: number, text = `unit ${unit}`): UnitBytes {
  return { unit, bytes: Uint8Array.from(Buffer.from(`${text}\u0000\u00ff`)) }
}

const all = Array.from({ length: SET.total }, (_, unit) => bytesOf(unit))

/** A running MonteCarlo with one claim for each of `parallelism` indexes. */
async function parallelJob({ ledger, epoch }: At, parallelism = 2): Promise<readonly Claim[]> {
  const { job } = await ledger.insertJob(newJob({ kind: 'montecarlo' }))
  touched(await ledger.openAttempt(opening(job.jobId, 0, epoch, { parallelism })))
  const claims = Array.from({ length: parallelism }, (_, index) => ({
    jobId: job.jobId,
    attempt: 1,
    index,
    podUid: `pod-${index}`,
  }))
  for (const claim of claims) touched(await ledger.claim({ ...claim, workerId: claim.podUid, nodeName: null }))
  return claims
}

function damageOf(units: readonly StoredUnit[]): (readonly [number, string])[] {
  return units.map((unit) => [unit.unit, 'damage' in unit ? unit.damage : Buffer.from(unit.bytes).toString()])
}

function stored(it: It): void {
  it('units come back to the last byte, whatever the order they are stored in', async (at) => {
    const { claim } = await runningJob(at.ledger, at.epoch)
    assert.deepEqual(await at.ledger.openUnits(claim, SET), [])
    assert.equal(await at.ledger.storeUnits(claim, SET, [all[2]!, all[0]!]), 2)
    assert.equal(await at.ledger.storeUnits(claim, SET, [all[3]!]), 3)
    assert.deepEqual(await at.ledger.openUnits(claim, SET), [0, 2, 3])
    assert.deepEqual(await at.ledger.readUnits(claim.jobId, SET, [3, 1, 0]), [all[0], all[3]])
  })

  it('the same bytes again change nothing; other bytes replace', async (at) => {
    const { claim } = await runningJob(at.ledger, at.epoch)
    await at.ledger.storeUnits(claim, SET, [all[0]!])
    const first = await rowsOf(at.database, claim)
    assert.equal(await at.ledger.storeUnits(claim, SET, [all[0]!]), 1)
    assert.deepEqual(await rowsOf(at.database, claim), first)
    assert.equal(await at.ledger.storeUnits(claim, SET, [bytesOf(0, 'another')]), 1)
    assert.deepEqual(await at.ledger.readUnits(claim.jobId, SET, [0]), [bytesOf(0, 'another')])
  })

  it('a large unit and many small ones come back', async (at) => {
    const set = { engineRevision: 1, total: 300 }
    const { claim } = await runningJob(at.ledger, at.epoch)
    const large = { unit: 299, bytes: new Uint8Array(3_000_000).map((_, i) => (i * 7) % 256) }
    const small = Array.from({ length: 299 }, (_, unit) => bytesOf(unit))
    assert.equal(await at.ledger.storeUnits(claim, set, [...small, large]), 300)
    const found = await at.ledger.readUnits(
      claim.jobId,
      set,
      Array.from({ length: 300 }, (_, unit) => unit),
    )
    assert.deepEqual(found, [...small, large])
  })

  it('a further attempt finds what is done; one of another engine finds nothing, and forgets it', async (at) => {
    const { job, claim } = await runningJob(at.ledger, at.epoch)
    await at.ledger.openUnits(claim, SET)
    await at.ledger.storeUnits(claim, SET, [all[1]!, all[2]!])
    const steer = { jobId: job.jobId, attempt: 1, epoch: at.epoch }
    touched(await at.ledger.retry(steer, { ...failure('evicted'), delayMs: 0 }))
    touched(await at.ledger.openAttempt(opening(job.jobId, 1, at.epoch)))
    const second = { ...claim, attempt: 2, podUid: 'second' }
    touched(await at.ledger.claim({ ...second, workerId: 'w', nodeName: null }))
    assert.deepEqual(await at.ledger.openUnits(second, SET), [1, 2])
    assert.equal(await at.ledger.openUnits(claim, SET), 'fenced')
    assert.deepEqual(await at.ledger.openUnits(second, { ...SET, engineRevision: 2 }), [])
    assert.deepEqual(await at.ledger.openUnits(second, SET), [])
  })

  it('only the claim that holds may store, and only a unit of the set that is not too large', async (at) => {
    const { job, claim } = await runningJob(at.ledger, at.epoch)
    assert.equal(await at.ledger.storeUnits({ ...claim, podUid: 'another' }, SET, [all[0]!]), 'fenced')
    assert.equal(await at.ledger.storeUnits({ ...claim, attempt: 2 }, SET, [all[0]!]), 'fenced')
    for (const unit of [4, -1, 0.5]) await assert.rejects(at.ledger.storeUnits(claim, SET, [bytesOf(unit)]), RangeError)
    const bytes = new Uint8Array(UNIT_BYTES_MAX + 1)
    await assert.rejects(at.ledger.storeUnits(claim, SET, [{ unit: 0, bytes }]), RangeError)
    await at.ledger.cancel(claim, failure('cancelled'))
    assert.equal(await at.ledger.storeUnits(claim, SET, [all[0]!]), 'fenced')
    assert.deepEqual(await at.ledger.readUnits(job.jobId, SET, [0]), [])
  })

  it('the units of a job are counted for its status, also while its next attempt waits', async (at) => {
    const { job, claim } = await runningJob(at.ledger, at.epoch)
    assert.deepEqual(await at.ledger.countUnits([job.jobId]), new Map())
    await at.ledger.openUnits(claim, SET)
    await at.ledger.storeUnits(claim, SET, [all[0]!, all[3]!])
    assert.deepEqual((await at.ledger.countUnits([job.jobId, 'nobody'])).get(job.jobId), { total: 4, done: 2 })
    const steer = { jobId: job.jobId, attempt: 1, epoch: at.epoch }
    touched(await at.ledger.retry(steer, { ...failure('evicted'), delayMs: 0 }))
    touched(await at.ledger.openAttempt(opening(job.jobId, 1, at.epoch)))
    assert.deepEqual((await at.ledger.countUnits([job.jobId])).get(job.jobId), { total: 4, done: 2 })
  })
}

const DAMAGES: readonly [title: string, sql: string, says: RegExp][] = [
  ['a byte that changed', `SET payload = set_byte(payload, 0, 1)`, /do not have the hash/],
  ['bytes that are cut', `SET payload = substring(payload FROM 1 FOR 3)`, /do not have the hash/],
  ['no bytes', `SET payload = NULL`, /holds no bytes/],
  ['another hash', `SET sha256 = repeat('0', 64)`, /do not have the hash/],
]

function damaged(it: It): void {
  for (const [title, sql, says] of DAMAGES) {
    it(`${title} is damage, and storing the unit again heals it`, async (at) => {
      const { claim } = await runningJob(at.ledger, at.epoch)
      await at.ledger.storeUnits(claim, SET, all)
      await at.database.query(`UPDATE backtest_units ${sql} WHERE job_id = $1 AND unit = 1`, [claim.jobId])
      const [, hurt, sound] = damageOf(await at.ledger.readUnits(claim.jobId, SET, [0, 1, 2]))
      assert.match(hurt![1], says)
      assert.deepEqual(sound, damageOf([all[2]!])[0])
      await at.ledger.storeUnits(claim, SET, [all[1]!])
      assert.deepEqual(await at.ledger.readUnits(claim.jobId, SET, [1]), [all[1]])
    })
  }

  it('bytes that were moved to another unit, or come from another job, are damage', async (at) => {
    const [{ claim }, other] = [await runningJob(at.ledger, at.epoch), await runningJob(at.ledger, at.epoch)]
    await at.ledger.storeUnits(claim, SET, [all[0]!])
    await at.database.query('UPDATE backtest_units SET unit = 1 WHERE job_id = $1', [claim.jobId])
    assert.match(damageOf(await at.ledger.readUnits(claim.jobId, SET, [1]))[0]![1], /do not have the hash/)
    await at.database.query('UPDATE backtest_units SET job_id = $2, unit = 0 WHERE job_id = $1', [
      claim.jobId,
      other.job.jobId,
    ])
    assert.match(damageOf(await at.ledger.readUnits(other.job.jobId, SET, [0]))[0]![1], /do not have the hash/)
  })

  it('no row may hold more than a unit may be', async (at) => {
    const { claim } = await runningJob(at.ledger, at.epoch)
    await at.ledger.storeUnits(claim, SET, [all[0]!])
    const large = `decode(repeat('00', ${UNIT_BYTES_MAX + 1}), 'hex')`
    const grow = `UPDATE backtest_units SET payload = ${large} WHERE job_id = $1`
    await assert.rejects(at.database.query(grow, [claim.jobId]), /unit_is_bounded/)
  })
}

function merged(it: It): void {
  it('nobody merges before all units are done; then the one who asks first', async (at) => {
    const [first, second] = await parallelJob(at)
    await at.ledger.openUnits(first!, SET)
    await at.ledger.storeUnits(first!, SET, [all[0]!, all[2]!])
    assert.equal(await at.ledger.takeMerge(first!, SET), 'left')
    await at.ledger.storeUnits(second!, SET, [all[1]!, all[3]!])
    assert.equal(await at.ledger.takeMerge(second!, SET), 'taken')
    assert.equal(await at.ledger.takeMerge(first!, SET), 'left')
    assert.equal(await at.ledger.takeMerge(second!, SET), 'taken')
    assert.equal((await at.ledger.findAttempt(first!.jobId, 1))?.mergedBy, 'pod-1')
    assert.equal(await at.ledger.complete(first!, result()), 'fenced')
    assert.equal(touched(await at.ledger.complete(second!, result())).status, 'completed')
  })

  it('of eight pods that end at once exactly one merges', async (at) => {
    const set = { engineRevision: 1, total: 8 }
    const claims = await parallelJob(at, 8)
    const taken = await Promise.all(
      claims.map(async (claim) => {
        await at.ledger.storeUnits(claim, set, [bytesOf(claim.index)])
        return at.ledger.takeMerge(claim, set)
      }),
    )
    assert.deepEqual(taken.toSorted(), [...Array(7).fill('left'), 'taken'])
  })

  it('units of another engine do not complete the set', async (at) => {
    const [claim] = await parallelJob(at)
    await at.ledger.storeUnits(claim!, { ...SET, engineRevision: 2 }, [all[0]!])
    await at.ledger.storeUnits(claim!, SET, all.slice(1))
    assert.equal(await at.ledger.takeMerge(claim!, SET), 'left')
  })

  it('a pod whose claim was taken over neither takes nor keeps the merge', async (at) => {
    const [first, second] = await parallelJob(at)
    await at.ledger.storeUnits(first!, SET, all)
    assert.equal(await at.ledger.takeMerge(second!, SET), 'taken')
    const newer = { ...second!, podUid: 'newer' }
    touched(await at.ledger.claim({ ...newer, workerId: 'w', nodeName: null }))
    assert.equal(await at.ledger.takeMerge(second!, SET), 'fenced')
    assert.equal(await at.ledger.takeMerge(newer, SET), 'taken')
    assert.equal(await at.ledger.takeMerge(first!, SET), 'left')
  })

  it('the attempt after that of a merger that died has a merger of its own', async (at) => {
    const [claim] = await parallelJob(at)
    await at.ledger.storeUnits(claim!, SET, all)
    assert.equal(await at.ledger.takeMerge(claim!, SET), 'taken')
    const steer = { jobId: claim!.jobId, attempt: 1, epoch: at.epoch }
    touched(await at.ledger.retry(steer, { ...failure('node_lost'), delayMs: 0 }))
    assert.equal(await at.ledger.takeMerge(claim!, SET), 'fenced')
    touched(await at.ledger.openAttempt(opening(claim!.jobId, 1, at.epoch, { parallelism: 2 })))
    const next = { ...claim!, attempt: 2, podUid: 'next' }
    touched(await at.ledger.claim({ ...next, workerId: 'w', nodeName: null }))
    assert.deepEqual(await at.ledger.openUnits(next, SET), [0, 1, 2, 3])
    assert.equal(await at.ledger.takeMerge(next, SET), 'taken')
    assert.equal(touched(await at.ledger.complete(next, result())).status, 'completed')
  })
}

function gone(it: It): void {
  it('once the result stands its units are gone, and all of them count as done', async (at) => {
    const { job, claim } = await runningJob(at.ledger, at.epoch)
    await at.ledger.openUnits(claim, SET)
    await at.ledger.storeUnits(claim, SET, all)
    touched(await at.ledger.complete(claim, result()))
    assert.deepEqual(await rowsOf(at.database, claim), [])
    assert.deepEqual((await at.ledger.countUnits([job.jobId])).get(job.jobId), { total: 4, done: 4 })
  })

  for (const keepUnits of [false, true]) {
    it(`a re-run ${keepUnits ? 'that goes on keeps' : 'removes'} what a failed attempt had done`, async (at) => {
      const { job, claim } = await runningJob(at.ledger, at.epoch)
      await at.ledger.storeUnits(claim, SET, all)
      await at.ledger.fail(claim, failure('storage_full'))
      const steer = { jobId: job.jobId, attempt: 1, epoch: at.epoch }
      const rerun = { steer, request: null, priority: 'normal', timeoutSeconds: 3600 } as const
      touched(await at.ledger.rerun({ ...rerun, ...(keepUnits ? { keepUnits } : {}) }))
      assert.equal((await rowsOf(at.database, claim)).length, keepUnits ? 4 : 0)
    })
  }

  it('a purge takes the units with it', async (at) => {
    const { job, claim } = await runningJob(at.ledger, at.epoch)
    await at.ledger.storeUnits(claim, SET, all)
    await at.ledger.fail(claim, failure())
    assert.equal(await at.ledger.purgeJob(job.jobId, async () => true), 'purged')
    assert.deepEqual(await rowsOf(at.database, claim), [])
  })
}

function rowsOf(database: Database, { jobId }: Claim) {
  return database.query(
    'SELECT unit, attempt, index, sha256, finished_at FROM backtest_units WHERE job_id = $1 ORDER BY unit',
    [jobId],
  )
}
