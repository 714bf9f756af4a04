/** Index of the value nearest to `wanted` in ascending values, the earlier of two as near; -1 when there is none. */
export function nearest(values: ArrayLike<number>, wanted: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]! < wanted) low = middle + 1
    else high = middle
  }
  if (low === values.length) return low - 1
  return low > 0 && wanted - values[low - 1]! <= values[low]! - wanted ? low - 1 : low
}
