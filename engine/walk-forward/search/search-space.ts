import { HindcastError } from '../../../core/errors.ts'
import type { AlphaParameters, SearchSpec } from '../../../core/request.ts'
import { drawIndexes } from './draw-indexes.ts'

/** Everything a search tries. */
export interface SearchSpace {
  readonly names: readonly string[]
  /** Each different set of parameters once, in the order it is first tried. */
  readonly combinations: readonly AlphaParameters[]
  /** Which combination each try takes; a random search may take one twice, and it is computed once. */
  readonly tries: readonly number[]
}

/**
 * The tries of a search. A grid runs over the product of the lists with the rightmost changing fastest, a random
 * search draws from it; without a parameter there is one try with none (engine.md 8.5). Throws
 * `walkforward_invalid` for an empty list and for a random search of no iteration.
 */
export function searchSpace(
  search: Pick<SearchSpec, 'method' | 'parameters' | 'iterations' | 'seed' | 'generator'>,
): SearchSpace {
  const names = Object.keys(search.parameters)
  for (const name of names) {
    if (search.parameters[name]!.length === 0) {
      throw invalid(`parameter "${name}" has no value to try; list at least one`, `/spec/search/parameters/${name}`)
    }
  }
  const indexes = flatIndexes(search, sizeOf(search))
  const distinct = [...new Set(indexes)]
  const place = new Map(distinct.map((index, at) => [index, at]))
  return {
    names,
    combinations: distinct.map((index) => combinationAt(search.parameters, index)),
    tries: indexes.map((index) => place.get(index)!),
  }
}

function sizeOf({ parameters }: Pick<SearchSpec, 'parameters'>): number {
  return Object.values(parameters).reduce((product, values) => product * values.length, 1)
}

function flatIndexes(search: Omit<SearchSpec, 'metric'>, total: number): number[] {
  if (search.method === 'grid') return Array.from({ length: total }, (_, i) => i)
  const { iterations, seed, generator } = search
  if (!(iterations >= 1)) {
    throw invalid(`iterations is ${iterations}; a random search needs at least 1`, '/spec/search/iterations')
  }
  return drawIndexes({ total, count: iterations, seed }, generator)
}

/** The parameters of a flat index: mixed radix, the rightmost digit fastest. */
function combinationAt(parameters: SearchSpec['parameters'], index: number): AlphaParameters {
  const chosen: [string, number | string][] = []
  let rest = index
  for (const [name, values] of Object.entries(parameters).reverse()) {
    chosen.push([name, values[rest % values.length]!])
    rest = Math.floor(rest / values.length)
  }
  return Object.fromEntries(chosen.reverse())
}

/**
 * The winner among scores: the first that is strictly greater than all before it. NaN counts as minus infinity, so the
 * first try wins where nothing has a score (engine.md 8.5).
 */
export function bestTry(scores: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < scores.length; i++) {
    if (scores[i]! > scores[best]! || (Number.isNaN(scores[best]!) && scores[i]! > Number.NEGATIVE_INFINITY)) best = i
  }
  return best
}

function invalid(message: string, field: string): HindcastError {
  return new HindcastError('walkforward_invalid', message, { field })
}
