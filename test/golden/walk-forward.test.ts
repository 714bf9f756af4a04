import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { walkForwardEfficiency } from '../../engine/walk-forward/aggregate.ts'
import { observationWindows } from '../../engine/walk-forward/windows.ts'
import { differences } from './compare.ts'
import type { GoldenJson } from './load.ts'
import statistics from './statistics-checks.json' with { type: 'json' }

const statisticsCheck = (id: string): GoldenJson => statistics.checks.find((check) => check.id === id)

test('wf.windows: rolling and anchored windows over 100 observations with a gap of 3', () => {
  const { params, expected } = statisticsCheck('wf.windows')
  const { n: observations, ...spec } = params
  assert.deepEqual(observationWindows({ observations, ...spec, anchored: false }), expected.rolling)
  assert.deepEqual(observationWindows({ observations, ...spec, anchored: true }), expected.anchored)
})

test('wf.efficiency: 38.7 % of the return survives, in three windows of four', () => {
  const { inputs, expected } = statisticsCheck('wf.efficiency')
  const efficiency = walkForwardEfficiency(inputs.is, inputs.oos)
  const consistency = inputs.oos.filter((value: number) => value > 0).length / inputs.oos.length
  assert.deepEqual(differences({ efficiency, consistency }, expected), [])
})
