import type { Rule } from './rule.ts'

/** A DNS label (RFC 1123): what a resource, a dataset and a namespace may be called. */
export const DNS_LABEL = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$'
export const MAX_NAME_LENGTH = 63

const LABEL = new RegExp(DNS_LABEL)

/** Stands on the whole resource. */
export const RESOURCE: readonly Rule[] = [
  {
    code: 'invalid_name',
    cel: `size(self.metadata.name) <= ${MAX_NAME_LENGTH} && self.metadata.name.matches('${DNS_LABEL}')`,
    message: `must be a DNS label of at most ${MAX_NAME_LENGTH} lower-case letters, digits and dashes`,
    at: '/metadata/name',
    reads: ['/metadata/name'],
    breaks: ({ metadata: { name } }: { metadata: { name: string } }) =>
      name.length > MAX_NAME_LENGTH || !LABEL.test(name),
  },
]

/** Stands on a list of numbers. */
export const INCREASING: readonly Rule[] = [
  {
    code: null,
    cel: 'self.isSorted() && self.all(x, self.exists_one(y, y == x))',
    message: 'must be strictly increasing',
    at: '',
    breaks: (self: readonly number[]) => {
      const drop = self.findIndex((value, index) => index > 0 && value <= self[index - 1]!)
      if (drop < 0) return false
      return [{ at: '', message: `must be strictly increasing; ${self[drop]} follows ${self[drop - 1]}` }]
    },
  },
]

export const QUANTILES: readonly Rule[] = [
  {
    code: 'quantiles_invalid',
    cel: 'self.minObservationsPerDate >= self.count',
    message: 'must not be less than count',
    at: '/minObservationsPerDate',
    breaks: (self: { minObservationsPerDate: number; count: number }) => self.minObservationsPerDate < self.count,
  },
]
