import type { Rule } from './rule.ts'

/** The quantities a manifest may write: a plain number with a suffix of Kubernetes, no sign, no exponent. */
export const QUANTITY_PATTERN = '^[0-9]{1,15}(\\.[0-9]{1,3})?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$'

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
}
const QUANTITY = new RegExp(QUANTITY_PATTERN)

/** The value of a Kubernetes quantity such as `4Gi`, `500m` or 2; NaN when it is none. */
export function parseQuantity(quantity: string | number): number {
  const match = QUANTITY.exec(String(quantity))
  if (match === null) return Number.NaN
  const suffix = match[2] ?? ''
  const digits = Number(String(quantity).slice(0, String(quantity).length - suffix.length))
  // Dividing keeps 100m at exactly 0.1, where a multiplication by 1e-3 would not.
  return suffix === 'm' ? digits / 1000 : digits * FACTORS[suffix]!
}

function between(code: Rule['code'], least: string, most: string): readonly Rule[] {
  const low = parseQuantity(least)
  const high = parseQuantity(most)
  const value = '(type(self) == int ? quantity(string(self)) : quantity(self))'
  return [
    {
      code,
      cel: `${value}.compareTo(quantity('${least}')) >= 0 && ${value}.compareTo(quantity('${most}')) <= 0`,
      message: `must be from ${least} to ${most}`,
      at: '',
      breaks: (self: string | number) => !(parseQuantity(self) >= low && parseQuantity(self) <= high),
    },
  ]
}

export const MEMORY: readonly Rule[] = between('memory_out_of_range', '512Mi', '64Gi')
export const CPU: readonly Rule[] = between('cpu_out_of_range', '100m', '64')
