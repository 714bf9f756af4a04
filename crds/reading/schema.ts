import type { ErrorCode } from '../../core/errors.ts'
import type { RuleGroup } from '../rules/index.ts'

/**
 * A schema as plain data: what crds/v1alpha1 gives when it is written as JSON. The keywords are those of JSON Schema
 * that we use, and ours (crds/v1alpha1/fields.ts).
 */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  readonly description?: string
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: 'date' | 'date-time' | 'int64' | 'int32'
  readonly 'x-kubernetes-int-or-string'?: true
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'map' | 'set'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-validations'?: readonly {
    readonly rule: string
    readonly message: string
    readonly fieldPath?: string
  }[]
  readonly 'x-code'?: ErrorCode
  readonly 'x-rules'?: readonly RuleGroup[]
  readonly 'x-max-bytes'?: { readonly bytes: number; readonly code: ErrorCode }
  readonly 'x-frozen'?: readonly string[]
  readonly 'x-preserve'?: boolean
  readonly 'x-nullable'?: boolean
}
