/** RFC 7386: null takes a key away, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch
  const merged: Record<string, unknown> = isRecord(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

/**
 * What server-side apply by one manager makes of a status: keys it applied before and no longer applies go, keys it
 * never owned stay. Nested values count as wholly its own: true of a manager that always applies whole statuses.
 */
export function applyWhole(
  status: unknown,
  applied: Readonly<Record<string, unknown>>,
  owned: ReadonlySet<string>,
): Record<string, unknown> {
  const kept = Object.entries(isRecord(status) ? status : {}).filter(([key]) => !owned.has(key))
  return { ...Object.fromEntries(kept), ...applied }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
