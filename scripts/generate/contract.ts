import { generateChartKinds } from './chart.ts'
import { generateCrds, generateSchemas } from './crds.ts'
import type { Generated } from './generated.ts'
import { generateReference } from './reference.ts'

/** Every file made from the schemas in crds/v1alpha1. */
export function generateContract(): Generated {
  const definitions = generateCrds()
  return { ...generateSchemas(), ...definitions, ...generateChartKinds(definitions), ...generateReference() }
}
