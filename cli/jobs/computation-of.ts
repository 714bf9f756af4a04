import type { PinnedBacktest } from '../../core/plan.ts'
import type { AlphaChoice, Backtest, NamedAlpha } from '../../core/request.ts'
import { ALPHA_CATALOGUE } from '../../engine/alphas/catalogue.ts'
import type { Job } from '../../storage/ledger/ledger.ts'

/** The computation of a row, with what is absent as null. */
export function computationOf({ configJson }: Job): PinnedBacktest {
  const { alpha, costModel, quantiles, ...rest } = configJson as unknown as PinnedBacktest & Partial<Backtest>
  return { ...rest, alpha: inCatalogueOrder(alpha), costModel: costModel ?? null, quantiles: quantiles ?? null }
}

/** Parameters in the order in which the catalogue explains them: the record keeps none of its own. */
function inCatalogueOrder(alpha: AlphaChoice): AlphaChoice {
  if ('blend' in alpha) return { blend: { ...alpha.blend, of: alpha.blend.of.map(inOrder) } }
  return inOrder(alpha)
}

function inOrder({ name, parameters }: NamedAlpha): NamedAlpha {
  const known = ALPHA_CATALOGUE.find((alpha) => alpha.name === name)?.parameters.map((one) => one.name) ?? []
  const keys = [...known.filter((key) => Object.hasOwn(parameters, key)), ...Object.keys(parameters)]
  return { name, parameters: Object.fromEntries(keys.map((key) => [key, parameters[key]!])) }
}
