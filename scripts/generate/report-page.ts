import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync, transformSync } from 'esbuild'
import type { Generated } from './generated.ts'

const FILE = 'console/report/generated/page-assets.ts'
const SCRIPT = 'console/report/script/main.ts'
/** In the order of the cascade. */
const STYLES = ['console/tokens.css', 'console/charts/charts.css', 'console/report/report.css']
/** Browsers of 2023 on: the page uses popovers, container queries and color-mix. */
const TARGET = ['chrome114', 'firefox125', 'safari17']
const NOTICE = '// Generated from console/report/script and the style sheets by "npm run generate"; do not edit.'

/** Style and script of a report's page as texts, with the hashes that its content security policy names. */
export function generateReportPage(root: string): Generated {
  const style = transformSync(STYLES.map((file) => readFileSync(join(root, file), 'utf8')).join('\n'), {
    loader: 'css',
    minify: true,
    target: TARGET,
  }).code.trim()
  const built = buildSync({
    entryPoints: [join(root, SCRIPT)],
    bundle: true,
    write: false,
    format: 'iife',
    minify: true,
    charset: 'utf8',
    target: TARGET,
    tsconfigRaw: {},
  })
  const script = built.outputFiles[0]!.text.trim()
  for (const [what, text] of Object.entries({ style, script })) {
    if (/<\/(?:style|script)|<!--/i.test(text)) throw new Error(`the ${what} of the report would end its own element`)
  }
  const assets = { style, styleHash: hash(style), script, scriptHash: hash(script) }
  const members = Object.entries(assets).map(([name, text]) => `  ${name}: ${JSON.stringify(text)},\n`)
  return { [FILE]: `${NOTICE}\nexport const PAGE_ASSETS = {\n${members.join('')}} as const\n` }
}

/** As a content security policy names an inline element. */
function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
