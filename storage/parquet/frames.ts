import { createRequire } from 'node:module'
import type polars from 'nodejs-polars'

// The native module takes some 60 ms to load: only when the first frame is touched.
const load = createRequire(import.meta.url)
let loaded: typeof polars | null = null

/** The polars module, loaded on first use. */
export function frames(): typeof polars {
  loaded ??= load('nodejs-polars') as typeof polars
  return loaded
}
