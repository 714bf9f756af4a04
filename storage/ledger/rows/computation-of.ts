import type { PinnedBacktest, PinnedMonteCarlo, PinnedWalkForward } from '../../../core/plan.ts'
import type { AlphaChoice, Backtest, NamedAlpha } from '../../../core/request.ts'
import { ALPHA_CATALOGUE } from '../../../engine/alphas/catalogue.ts'
import type { Job } from '../records.ts'

/** The computation of a Backtest's row, with what is absent as null. */
export function computationOf({ configJson }: Job): PinnedBacktest {
  return backtestOf(configJson)
}

/** The computation of a WalkForward's row; the searched parameters in the order in which they are tried. */
export function walkForwardOf({ configJson }: Job): PinnedWalkForward {
  const { backtest, search, ...rest } = configJson as unknown as PinnedWalkForward
  const tried = Object.entries(search.parameters).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    ...rest,
    backtest: backtestOf(backtest as unknown as Job['configJson']),
    search: { ...search, parameters: Object.fromEntries(tried) },
  }
}

/** The computation of a MonteCarlo's row. */
export function monteCarloOf({ configJson }: Job): PinnedMonteCarlo {
  const settings = configJson as unknown as PinnedMonteCarlo
  return { ...settings, blockLength: settings.blockLength ?? null }
}

function backtestOf(configJson: Job['configJson']): PinnedBacktest {
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
