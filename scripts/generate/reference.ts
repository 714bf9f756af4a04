import type { Kind } from '../../core/request.ts'
import { KINDS, type Schema } from '../../crds/index.ts'
import { describe } from '../../crds/reading/check-scalar.ts'
import { RULES } from '../../crds/rules/index.ts'
import type { Rule } from '../../crds/rules/rule.ts'
import { NAMES } from '../../crds/v1alpha1/columns.ts'
import { KIND_SCHEMAS } from '../../crds/v1alpha1/kinds.ts'
import { API_VERSION } from '../../crds/v1alpha1/resource.ts'
import type { Generated } from './generated.ts'

const NOTICE = '<!-- Generated from crds/v1alpha1 by "npm run generate"; do not edit. -->'
const FILES: Readonly<Record<Kind, string>> = {
  Backtest: 'backtest',
  WalkForward: 'walk-forward',
  MonteCarlo: 'monte-carlo',
  Regression: 'regression',
}

/** One page of Markdown for each kind: every field with type, default, bounds and meaning, and every rule. */
export function generateReference(): Generated {
  return Object.fromEntries(KINDS.map((kind) => [`docs/reference/${FILES[kind]}.md`, page(kind)]))
}

function page(kind: Kind): string {
  const schema = KIND_SCHEMAS[kind] as unknown as Schema
  const spec = schema.properties!.spec!
  const { plural, shortNames } = NAMES[kind]
  const head = [
    NOTICE,
    `# ${kind}`,
    '',
    schema.description,
    '',
    `\`apiVersion: ${API_VERSION}\`, \`kind: ${kind}\`; \`kubectl get ${plural}\` or \`${shortNames.join('`, `')}\`.`,
    frozen(spec),
    '',
    '## Fields of `spec`',
    '',
    '| field | allowed | default | meaning |',
    '| --- | --- | --- | --- |',
    ...rows(spec, ''),
    '',
    '## Rules',
    '',
    'The API server refuses a resource that breaks one, except where it says *not seen by the API server*: those need',
    'the date or the names of parameters, and are checked by `hindcast validate`, the API and the operator.',
    '',
    '| field | rule | code |',
    '| --- | --- | --- |',
    ...ruleRows(schema, '', 'config_invalid'),
    '',
  ]
  return head.filter((line) => line !== undefined).join('\n')
}

function frozen(spec: Schema): string | undefined {
  const fields = spec['x-frozen']
  if (fields === undefined) return 'Its spec may change.'
  return `Frozen once created: \`${fields.join('`, `')}\`. Another computation takes another \`metadata.name\`.`
}

const path = (above: string, key: string): string => (above === '' ? key : `${above}.${key}`)
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

function rows(schema: Schema, above: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, own]) => {
    const name = path(above, key)
    const inner = innerOf(own)
    const isRequired = schema.required?.includes(key) === true
    const value = own.default === undefined ? (isRequired ? '**required**' : '') : `\`${JSON.stringify(own.default)}\``
    const line = `| \`${name}\` | ${cell(allowed(own))} | ${value} | ${cell(own.description ?? '')} |`
    return [line, ...(inner === undefined ? [] : rows(inner.schema, `${name}${inner.suffix}`))]
  })
}

/** The object below a field whose own fields have rows, if there is one. */
function innerOf(schema: Schema): { schema: Schema; suffix: string } | undefined {
  if (schema.properties !== undefined) return { schema, suffix: '' }
  if (schema.items?.properties !== undefined) return { schema: schema.items, suffix: '[]' }
  if (schema.additionalProperties?.properties !== undefined) {
    return { schema: schema.additionalProperties, suffix: '.*' }
  }
  return undefined
}

function allowed(schema: Schema): string {
  if (schema.type === 'array') {
    const items = schema.items?.type === 'object' ? 'objects' : describe(schema.items ?? {})
    return `list of ${schema.minItems ?? 0} to ${schema.maxItems}: ${items}`
  }
  if (schema.additionalProperties !== undefined) {
    const values = schema.additionalProperties
    return `up to ${schema.maxProperties} entries: ${values.type === 'object' ? 'objects' : describe(values)}`
  }
  if (schema.type === 'object') return 'object'
  return describe(schema).replace(/ that matches (.*)$/, ' that matches `$1`')
}

function ruleRows(schema: Schema, above: string, inherited: string): string[] {
  const code = schema['x-code'] ?? inherited
  const rules = (schema['x-rules'] ?? []).flatMap((group) => RULES[group] as readonly Rule[])
  const own = rules.map((rule) => {
    const field = path(above, rule.at.slice(1).replaceAll('/', '.')).replace(/\.$/, '')
    const unseen = rule.cel === null && rule.bySchema !== true ? ' (*not seen by the API server*)' : ''
    return `| \`${field || 'the resource'}\` | ${cell(rule.message)}${unseen} | \`${rule.code ?? code}\` |`
  })
  const inner = [
    ...Object.entries(schema.properties ?? {}).map(([key, member]) => [path(above, key), member] as const),
    ...(schema.items === undefined ? [] : [[`${above}[]`, schema.items] as const]),
    ...(schema.additionalProperties === undefined ? [] : [[`${above}.*`, schema.additionalProperties] as const]),
  ]
  return [...own, ...inner.flatMap(([name, member]) => ruleRows(member, name, code))]
}
