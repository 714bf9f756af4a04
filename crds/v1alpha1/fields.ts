import { type TSchema, type TUnsafe, Type } from 'typebox'
import type { ErrorCode } from '../../core/errors.ts'
import type { RuleGroup } from '../rules/index.ts'
import { DNS_LABEL } from '../rules/resource.ts'

/**
 * Keywords of our own beside JSON Schema's. `x-code`: the error code of this field and of all below it that name
 * none; `x-rules`: groups of crds/rules; `x-max-bytes`: bound of the canonical JSON; `x-frozen`: fields that an
 * update may not change; `x-preserve`: unknown members are kept, to be named by a rule; `x-nullable`: null is a value.
 */
export interface Keywords {
  readonly 'x-code'?: ErrorCode
  readonly 'x-rules'?: readonly RuleGroup[]
  readonly 'x-max-bytes'?: { readonly bytes: number; readonly code: ErrorCode }
  readonly 'x-frozen'?: readonly string[]
  readonly 'x-preserve'?: boolean
  readonly 'x-nullable'?: boolean
}

type Extra = Keywords & { readonly [key: string]: unknown }

/** Largest whole number every reader of JSON agrees on. */
export const MAX_SAFE_INTEGER = Number.MAX_SAFE_INTEGER
/** Bound of a count that has none of its own (int32). */
export const MAX_INT32 = 2_147_483_647

/** One of a few words. */
export function choice<const Words extends readonly string[]>(
  words: Words,
  description: string,
  extra: Extra = {},
): TUnsafe<Words[number]> {
  return Type.Unsafe<Words[number]>({ type: 'string', enum: [...words], description, ...extra })
}

/** A whole number within bounds. */
export const whole = (minimum: number, maximum: number, description: string, extra: Extra = {}) =>
  Type.Integer({ minimum, maximum, description, ...extra })

/** A calendar date, `YYYY-MM-DD`. */
export const date = (description: string) => Type.String({ format: 'date', description, 'x-code': 'invalid_date' })

/** A Kubernetes quantity: a string such as 4Gi, or a whole number. */
export const quantity = (pattern: string, description: string, extra: Extra) =>
  Type.Unsafe<string | number>({ 'x-kubernetes-int-or-string': true, pattern, maxLength: 20, description, ...extra })

/** A name that is a DNS label. */
export const label = (maxLength: number, description: string, extra: Extra = {}) =>
  Type.String({ minLength: 1, maxLength, pattern: DNS_LABEL, description, ...extra })

/** A closed object: a member that is not listed is an error, and a typo is named. */
export function closed<const Members extends Record<string, TSchema>>(
  members: Members,
  description: string,
  extra: Extra = {},
) {
  return Type.Object(members, { description, ...extra })
}

/** A map from free names to one schema; the bound keeps the cost of CEL finite. */
export function mapOf<Value extends TSchema>(
  value: Value,
  maxProperties: number,
  description: string,
  extra: Extra = {},
) {
  return Type.Unsafe<Readonly<Record<string, import('typebox').Static<Value>>>>({
    type: 'object',
    additionalProperties: value,
    maxProperties,
    description,
    ...extra,
  })
}
