import { HindcastError } from '../../core/errors.ts'
import type { NamedAlpha } from '../../core/request.ts'
import type { Alpha, BoundAlpha } from './define-alpha.ts'
import { momentum } from './momentum.ts'
import { quality } from './quality.ts'
import { reversal } from './reversal.ts'
import { value } from './value.ts'
import { volatility } from './volatility.ts'

/** Every alpha, in the order the catalogue lists them. A new one is a file, its test, and a line here. */
export const ALPHAS: readonly Alpha[] = [momentum, reversal, value, quality, volatility]

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
