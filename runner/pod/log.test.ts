import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { openLog, redactor } from './log.ts'

test('a line is JSON with its time, level, component and event', () => {
  const lines: string[] = []
  const log = openLog(null, { now: () => 0, sink: { write: (line) => lines.push(line) } })
  log('redis_degraded', { error: 'away' })
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    level: 'warn',
    ts: '1970-01-01T00:00:00.000Z',
    component: 'runner',
    event: 'redis_degraded',
    error: 'away',
  })
})

test('passwords go out of a text, as they were written and as they were meant', () => {
  const redact = redactor(['postgres://ada:p%40ss%2Fword@db/x', 'redis://:r3dis@h'], ['s3-secret', ''])
  const text = 'p@ss/word, p%40ss%2Fword, r3dis and s3-secret at postgres://ada:p%40ss%2Fword@db/x'
  assert.equal(redact(text), '***, ***, *** and *** at ***')
})

test('a URL without a password and a short one hide nothing else', () => {
  const redact = redactor(['redis://h', 'redis://:abc@i', 'redis://:%@j'])
  assert.equal(redact('the abc of it'), 'the abc of it')
})
