import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { GLOSSARY, type GlossaryGroup, meaningOf, metricText } from './metric-glossary.ts'

const rows = (Object.keys(GLOSSARY) as GlossaryGroup[]).flatMap((group) =>
  Object.entries(GLOSSARY[group]).map(([name, meaning]) => ({ id: `${group}.${name}`, meaning })),
)

test('every metric has a title, a definition that ends as a sentence and a reason for n/a', () => {
  for (const { id, meaning } of rows) {
    assert.match(meaning.title, /^[A-Z].*[^.]$/, id)
    assert.match(meaning.definition, /^[A-Z].{10,}\.$/s, id)
    assert.match(meaning.absent, /^[a-z].{5,}[^.]$/, id)
  }
})

test('no two metrics of a group share a title', () => {
  for (const group of Object.keys(GLOSSARY) as GlossaryGroup[]) {
    const titles = Object.values(GLOSSARY[group]).map((meaning) => meaning.title)
    assert.equal(new Set(titles).size, titles.length, group)
  }
})

test('a metric is written with its own digits and unit', () => {
  assert.equal(metricText('metrics', 'mean_ic', 0.0251615), '0.0252')
  assert.equal(metricText('costs', 'avg_trade_cost_bps', 5.0306), '5.03\u202fbp')
})

test('a name that the registry does not know still shows its value', () => {
  assert.equal(metricText('metrics', 'brand_new', -0.123456789), '−0.123457')
  assert.equal(meaningOf('metrics', 'constructor'), undefined)
})
