import type { Generated } from './generated.ts'

/**
 * The kinds as the Helm chart carries them: a chart can read only what lies in its own folder, and Helm upgrades only
 * what its templates render.
 */
export function generateChartKinds(definitions: Generated): Generated {
  return Object.fromEntries(
    Object.entries(definitions).map(([file, text]) => [
      file.replace('crds/generated/', 'charts/hindcast/kinds/'),
      text,
    ]),
  )
}
