import { HindcastError } from '../../core/errors.ts'
import type { NamedAlpha } from '../../core/request.ts'
import type { AlphaEntry } from './catalogue.ts'
import type { Alpha, BoundAlpha } from './define-alpha.ts'
import * as list from './list.ts'

const CATEGORIES: readonly AlphaEntry['category'][] = ['momentum', 'reversal', 'value', 'quality', 'volatility']

/** Every alpha of list.ts, by category, then by name: the order of the catalogue. */
export const ALPHAS: readonly Alpha[] = Object.values(list).sort(
  ({ entry: a }, { entry: b }) =>
    CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category) || (a.name < b.name ? -1 : 1),
)

/** The alpha of a request with its parameters fixed. Throws `unknown_alpha` and `invalid_alpha_params`. */
export function bindAlpha({ name, parameters }: NamedAlpha): BoundAlpha {
  const alpha = ALPHAS.find((candidate) => candidate.entry.name === name)
  if (alpha === undefined) {
    const known = ALPHAS.map((candidate) => candidate.entry.name).join(', ')
    throw new HindcastError('unknown_alpha', `alpha "${name}" is not known; known: ${known}`, {
      field: '/spec/alpha/name',
    })
  }
  return alpha.bind(parameters)
}
