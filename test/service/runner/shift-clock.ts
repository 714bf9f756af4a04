/** Preloaded into a pod: its monotonic clock begins at 295 s, so that a timeout of 300 s comes while a test watches. */
const BEGINS_AT_MS = 295_000
const before = performance.now.bind(performance)
performance.now = () => before() + BEGINS_AT_MS
