import { HindcastError } from './errors.ts'

/** States what must hold. A false invariant is our bug, never the user's. */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new HindcastError('invariant_violated', what)
}
