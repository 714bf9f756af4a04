import { HindcastError } from '../../core/errors.ts'
import type { BacktestRequest } from '../../core/request.ts'
import { readOneManifest } from '../../crds/index.ts'
import type { GoldenCase } from './golden-set.ts'

/** Fields of a `_config.json` that have a name of their own in a manifest; the others keep theirs. */
const RENAMED = new Set([
  'alpha_name',
  'alpha_params',
  'start_date',
  'end_date',
  'weight_method',
  'random_seed',
  'snapshot_id',
])
/** `-` and 8 hex digits, behind the name of the dataset. */
const HASH_LENGTH = 9

/**
 * The Backtest that a golden case asks for, checked as a manifest is: its config in the manifest's words. Throws
 * `data_invalid` naming file, field and what is allowed.
 */
export function requestOfCase({ name, config }: GoldenCase, today: string): BacktestRequest {
  const snapshotId = String(config.snapshot_id)
  const more = Object.fromEntries(Object.entries(config).filter(([key]) => !RENAMED.has(key)))
  const spec = {
    dataset: snapshotId.slice(0, -HASH_LENGTH),
    ...more,
    snapshotId,
    alpha: { name: config.alpha_name, parameters: inCamelCase(config.alpha_params) },
    startDate: config.start_date,
    endDate: config.end_date,
    weightMethod: config.weight_method,
  }
  const manifest = {
    apiVersion: 'hindcast.dev/v1alpha1',
    kind: 'Backtest',
    metadata: { name: `golden-${name.replaceAll('_', '-')}` },
    spec,
  }
  const file = `${name}_config.json`
  try {
    const request = readOneManifest(JSON.stringify(manifest), { file, today })
    if (request.kind === 'Backtest') return request
    throw new HindcastError('data_invalid', 'it is no Backtest')
  } catch (thrown) {
    if (!(thrown instanceof HindcastError)) throw thrown
    throw new HindcastError('data_invalid', `${file}: ${thrown.message}`, { cause: thrown })
  }
}

function inCamelCase(parameters: unknown): unknown {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) return parameters
  return Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()),
      value,
    ]),
  )
}
