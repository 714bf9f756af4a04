import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { LONGEST_MS } from './chromium.ts'

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js')
/** Fewer rules than this, and axe did not look at the page. */
const LEAST_RULES = 20

/** The narrowest screen that a page is made for. */
export const NARROW = { width: 360, height: 740 }

export interface Opened {
  readonly page: Page
  /** Every request but the page's own, and everything that went to the browser's console or failed. */
  readonly requests: string[]
  readonly complaints: string[]
}

/** Opens a file as a reader does, and closes it when `look` is done. */
export async function openFile(
  browser: Browser,
  { file, options }: { readonly file: string; readonly options: BrowserContextOptions },
  look: (opened: Opened) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(LONGEST_MS)
  try {
    const page = await context.newPage()
    const requests: string[] = []
    const complaints: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    page.on('console', (message) => complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(pathToFileURL(file).href)
    await look({ page, requests, complaints })
  } finally {
    await context.close()
  }
}

interface AxeResult {
  readonly passes: readonly unknown[]
  readonly violations: readonly {
    id: string
    impact: string
    nodes: readonly { html: string; failureSummary: string }[]
  }[]
}

/** What axe finds serious or critical on an open page, the contrast of texts included. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(AXE, 'utf8'))
  const { passes, violations } = (await page.evaluate('axe.run(document)')) as AxeResult
  if (passes.length <= LEAST_RULES) return [`axe passed ${passes.length} rules: it did not look at the page`]
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
    )
}
