import { parseIsoDate } from '../../core/dates.ts'
import type { Schema } from './schema.ts'
import { didYouMean } from './suggest.ts'

type Scalar = string | number | boolean | null

/** What a scalar must be and is not, such as "must be a whole number from 1 to 252"; undefined when it fits. */
export function checkScalar(schema: Schema, value: Scalar): string | undefined {
  if (value === null && schema['x-nullable'] === true) return undefined
  return fits(schema, value) ? undefined : `must be ${describe(schema)}`
}

function fits(schema: Schema, value: Scalar): boolean {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return typeof value === 'string' ? fitsText(schema, value) : typeof value === 'number' && Number.isInteger(value)
  }
  if (schema.type === 'boolean') return typeof value === 'boolean'
  if (schema.type === 'string') return typeof value === 'string' && fitsText(schema, value)
  if (typeof value !== 'number') return false
  return (schema.type !== 'integer' || Number.isInteger(value)) && fitsBounds(schema, value)
}

function fitsBounds(schema: Schema, value: number): boolean {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity } = schema
  return value >= minimum && value <= maximum && value > exclusiveMinimum
}

function fitsText(schema: Schema, value: string): boolean {
  if (schema.enum !== undefined) return schema.enum.includes(value)
  // The API server counts characters, not UTF-16 units; the spread is bounded by the first test.
  if (value.length > 2 * (schema.maxLength ?? Infinity)) return false
  const length = [...value].length
  if (length < (schema.minLength ?? 0) || length > (schema.maxLength ?? Infinity)) return false
  if (schema.format === 'date' && parseIsoDate(value) === null) return false
  return schema.pattern === undefined || new RegExp(schema.pattern, 'u').test(value)
}

/** What was probably meant by a scalar that does not fit; undefined when there is no telling. */
export function guessScalar(schema: Schema, value: Scalar): string | undefined {
  if (schema.enum !== undefined) return didYouMean(String(value), schema.enum)
  if (typeof value === 'string') {
    const isNumber =
      (schema.type === 'integer' || schema.type === 'number') && value.trim() !== '' && !Number.isNaN(Number(value))
    const isWord = schema.type === 'boolean' && /^(true|false)$/i.test(value)
    return isNumber || isWord ? `write it without quotes: ${value.toLowerCase()}` : undefined
  }
  return schema.type === 'string' && value !== null ? `put it in quotes: "${value}"` : undefined
}

/** What a schema allows, in words. */
export function describe(schema: Schema): string {
  const word = schema['x-nullable'] === true ? ' or null' : ''
  if (schema.enum !== undefined) return `${oneOf(schema.enum)}${word}`
  if (schema['x-kubernetes-int-or-string'] === true) return 'a quantity such as "4Gi", "500m" or 2'
  if (schema.format === 'date') return 'a date of the calendar, YYYY-MM-DD'
  if (schema.type === 'boolean') return 'true or false'
  if (schema.type === 'string') return describeText(schema)
  return `${schema.type === 'integer' ? 'a whole number' : 'a number'}${describeBounds(schema)}${word}`
}

const oneOf = (words: readonly string[]): string =>
  words.length === 1 ? `"${words[0]}"` : `one of ${words.join(', ')}`

function describeText({ minLength = 0, maxLength, pattern }: Schema): string {
  const size =
    maxLength === undefined ? '' : ` of ${minLength === maxLength ? '' : `${minLength} to `}${maxLength} characters`
  return `text${size}${pattern === undefined ? '' : ` that matches ${pattern}`}`
}

function describeBounds({ minimum, maximum, exclusiveMinimum }: Schema): string {
  const low = exclusiveMinimum === undefined ? minimum : exclusiveMinimum
  const over = exclusiveMinimum === undefined ? 'at least' : 'greater than'
  if (low === undefined) return maximum === undefined ? '' : ` of at most ${maximum}`
  if (maximum === undefined) return ` ${over} ${low}`
  return exclusiveMinimum === undefined ? ` from ${low} to ${maximum}` : ` greater than ${low} and at most ${maximum}`
}
