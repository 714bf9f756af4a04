import { strict as assert } from 'node:assert'
import { after, before, suite, type TestContext, test } from 'node:test'
import { play } from '../world/play.ts'
import { type Played, SCRIPTS, type Script } from '../world/scripts.ts'
import { clusterAbsent } from './absent.ts'
import { caseOf, type Death, deathsOf, shuffled, textOf } from './sweep/cases.ts'
import { type Ground, openGround } from './sweep/ground.ts'
import { type PlayedOnServer, playOnServer } from './sweep/play.ts'

/**
 * The crash sweep of test/world on a real API server, with a real record and real clocks (operator.md 5, goal 9): some
 * cases, in a long run some of every script, other ones each time. HINDCAST_SWEEP_SEED draws by another seed,
 * HINDCAST_SWEEP_CASE plays a single case.
 */
const LONG = process.env.HINDCAST_TEST_LONG === '1'
const SEED = Number(process.env.HINDCAST_SWEEP_SEED ?? (LONG ? Math.floor(Math.random() * 1e6) : 112_861))
const CASE = process.env.HINDCAST_SWEEP_CASE === undefined ? null : caseOf(process.env.HINDCAST_SWEEP_CASE)
const CASES_OF_A_SCRIPT = Number(process.env.HINDCAST_SWEEP_CASES ?? (LONG ? 17 : 1))
/** Scripts that are played side by side. */
const LANES = Number(process.env.HINDCAST_SWEEP_LANES ?? (LONG ? 6 : 5))

const scripts = CASE !== null ? [CASE.script] : LONG ? SCRIPTS : shuffled(SCRIPTS, SEED).slice(0, LANES)

suite(`the crash sweep on a real API server, seed ${SEED}`, { skip: clusterAbsent(), concurrency: LANES }, () => {
  let ground: Ground
  const inMemory = new Map<Script, Played>()
  before(async () => {
    // Before any clock matters: it takes the whole process for seconds.
    for (const script of scripts) inMemory.set(script, await play(script, () => 'fine'))
    ground = await openGround()
  })
  after(() => ground?.close())

  for (const script of scripts) {
    test(`${script.title} ends the same wherever the operator dies, with one Job an attempt`, async (t) => {
      const calm = await playOnServer(ground, script, null)
      assert.deepEqual(calm.faults, [])
      assert.deepEqual(calm.ending, inMemory.get(script)?.ending, 'and as on the server in memory')
      await sweep(t, ground, { script, calm })
    })
  }
})

/** Plays deaths until as many came true as are wanted: a run may end without the call at which it was to die. */
async function sweep(t: TestContext, ground: Ground, of: { script: Script; calm: PlayedOnServer }): Promise<void> {
  const { script, calm } = of
  const deaths: readonly Death[] =
    CASE === null ? shuffled(deathsOf(calm.calls), SEED + SCRIPTS.indexOf(script)) : [CASE.death]
  let came = 0
  for (const death of deaths) {
    if (came === CASES_OF_A_SCRIPT) break
    const swept = await playOnServer(ground, script, death)
    const text = textOf(script, death)
    t.diagnostic(`${text}: ${swept.died ? 'died' : 'made no such call'}, ${Math.round(swept.tookMs)} ms`)
    assert.deepEqual(swept.faults, [], text)
    assert.deepEqual(swept.ending, calm.ending, text)
    if (swept.died) came += 1
  }
  assert.ok(came > 0, 'no operator died')
}
