import { KIND_SCHEMAS } from '../../crds/v1alpha1/kinds.ts'
import { API_VERSION } from '../../crds/v1alpha1/resource.ts'

/** Path of a generated file, from the checkout's root, to its text. */
export type Generated = Readonly<Record<string, string>>

const NOTICE = 'Generated from crds/v1alpha1 by "npm run generate"; do not edit.'

/** The schemas as plain data for `readManifest`, which cannot afford to load the schema library. */
export function generateSchemas(): Generated {
  const data = { '//': NOTICE, apiVersion: API_VERSION, kinds: KIND_SCHEMAS }
  return { 'crds/generated/schemas.json': `${JSON.stringify(data, null, 1)}\n` }
}
