/** A value of a document that still knows where it stands. */
export type Located = LocatedScalar | LocatedList | LocatedMap

interface Place {
  /** Offset of the value in the text. */
  readonly at: number
  /** Offset of its key, or of the value where it has none. */
  readonly keyAt: number
}

export type LocatedScalar = Place & {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** A problem of it was reported already; nothing more is to be said of it. */
  readonly suspect?: true
}
export type LocatedList = Place & { readonly kind: 'list'; readonly items: readonly Located[] }
export type LocatedMap = Place & { readonly kind: 'map'; readonly members: ReadonlyMap<string, Located> }

/** The plain value. `Object.fromEntries` defines its members, so that a key `__proto__` stays a mere key. */
export function plain(located: Located): unknown {
  if (located.kind === 'scalar') return located.value
  if (located.kind === 'list') return located.items.map(plain)
  return Object.fromEntries([...located.members].map(([key, member]) => [key, plain(member)]))
}

/** The value at a pointer, or the nearest one above it. */
export function nearest(located: Located, pointer: string): Located {
  let here = located
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    const next =
      here.kind === 'map' ? here.members.get(key) : here.kind === 'list' ? here.items[Number(key)] : undefined
    if (next === undefined) return here
    here = next
  }
  return here
}
