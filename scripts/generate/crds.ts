import { Document } from 'yaml'
import { KINDS } from '../../crds/index.ts'
import { renderCrd } from '../../crds/render.ts'
import { NAMES } from '../../crds/v1alpha1/columns.ts'
import { KIND_SCHEMAS } from '../../crds/v1alpha1/kinds.ts'
import { API_VERSION, GROUP } from '../../crds/v1alpha1/resource.ts'
import type { Generated } from './generated.ts'

const NOTICE = 'Generated from crds/v1alpha1 by "npm run generate"; do not edit.'

/** The schemas as plain data for `readManifest`, which cannot afford to load the schema library. */
export function generateSchemas(): Generated {
  const data = { '//': NOTICE, apiVersion: API_VERSION, kinds: KIND_SCHEMAS }
  return { 'crds/generated/schemas.json': `${JSON.stringify(data, null, 1)}\n` }
}

/** One CustomResourceDefinition in YAML for each kind. */
export function generateCrds(): Generated {
  return Object.fromEntries(
    KINDS.map((kind) => {
      const document = new Document(renderCrd(kind), { aliasDuplicateObjects: false })
      const text = document.toString({ lineWidth: 0 })
      return [`crds/generated/${GROUP}_${NAMES[kind].plural}.yaml`, `# ${NOTICE}\n${text}`]
    }),
  )
}
