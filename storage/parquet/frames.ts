import { createRequire } from 'node:module'
import type polars from 'nodejs-polars'
import type { Expr } from 'nodejs-polars'

// The native module takes some 60 ms to load: only when the first frame is touched.
const load = createRequire(import.meta.url)
let loaded: typeof polars | null = null

/** The polars module, loaded on first use. */
export function frames(): typeof polars {
  loaded ??= load('nodejs-polars') as typeof polars
  return loaded
}

/** An expression that is built on first use and kept: each call that builds one costs some two milliseconds. */
export function keptExpression(build: (pl: typeof polars) => Expr): () => Expr {
  let kept: Expr | null = null
  return () => {
    kept ??= build(frames())
    return kept
  }
}
