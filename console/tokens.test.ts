import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

/** WCAG 2.2, text of normal size. */
const ENOUGH = 4.5
const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')

type Tokens = Readonly<Record<string, string>>
/** Blocks in the order of the file: light, dark by the system, light and dark by choice, print. */
const blocks = [...css.matchAll(/\{([^{}]*--bg[^{}]*)\}/g)].map(
  (block): Tokens =>
    Object.fromEntries([...block[1]!.matchAll(/--([\w-]+): (#[0-9a-f]+);/g)].map((token) => [token[1]!, token[2]!])),
)
const [light, dark, chosenDark, print] = blocks as [Tokens, Tokens, Tokens, Tokens]

const TEXT_ON: readonly [text: string, ground: string][] = [
  ...['ink', 'soft', 'accent', 'down', 'caution', 'bad', 'good'].flatMap((text): [string, string][] => [
    [text, 'bg'],
    [text, 'panel'],
  ]),
  // A card of any verdict holds marks of every grade.
  ...['caution', 'bad', 'good'].flatMap((tone) =>
    ['ink', 'soft', 'caution', 'bad', 'good'].map((text): [string, string] => [text, `${tone}-bg`]),
  ),
]

for (const [theme, tokens] of Object.entries({ light, dark, print })) {
  test(`every text of the ${theme} theme has a contrast of 4.5 to its ground`, () => {
    for (const [text, ground] of TEXT_ON) {
      const found = contrast(rgb(tokens[text]!), rgb(tokens[ground]!))
      assert.ok(found >= ENOUGH, `${text} on ${ground}: ${found.toFixed(2)}`)
    }
  })

  test(`figures on the deepest cells of a heat map in the ${theme} theme have it too`, () => {
    for (const tone of ['accent', 'down']) {
      const ground = rgb(tokens[tone]!).map((part, i) => 0.36 * part + 0.64 * rgb(tokens.panel!)[i]!)
      assert.ok(contrast(rgb(tokens.ink!), ground) >= ENOUGH, tone)
    }
  })
}

test('dark by choice is dark by the system, and print is light on white', () => {
  assert.equal(blocks.length, 4)
  assert.deepEqual(chosenDark, dark)
  assert.deepEqual(print, { ...light, bg: '#fff' })
})

function rgb(hex: string): number[] {
  const long = hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1)
  return [0, 2, 4].map((at) => Number.parseInt(long.slice(at, at + 2), 16))
}

function contrast(a: readonly number[], b: readonly number[]): number {
  const [lighter, darker] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (lighter! + 0.05) / (darker! + 0.05)
}

function luminance(color: readonly number[]): number {
  const [r, g, b] = color.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
