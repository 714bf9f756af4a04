import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { renderReport } from '../../console/report/render-report.ts'
import { numberText } from '../../core/number-text.ts'
import { startBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { goldenModel } from './golden-model.ts'
import { NARROW, type Opened, openFile, seriousFaults } from './open-page.ts'

const model = goldenModel()
const folder = mkdtempSync(join(tmpdir(), 'hindcast-report-'))
const file = join(folder, 'report.html')
let browser: Browser

before(async () => {
  writeFileSync(file, renderReport(model))
  if (WITHOUT_BROWSER === false) browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

function look(title: string, options: BrowserContextOptions, check: (opened: Opened) => Promise<void>): void {
  test(title, { skip: WITHOUT_BROWSER }, () => openFile(browser, { file, options }, check))
}

look('the page opens from a file, asks for nothing and complains of nothing', {}, async (opened) => {
  await opened.page.waitForTimeout(200)
  const others = opened.requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))
  assert.deepEqual(others, [])
  assert.equal(opened.requests.filter((url) => url.startsWith('file:')).length, 1)
  assert.deepEqual(opened.complaints, [])
  assert.equal(await opened.page.title(), 'momentum-2015 · Hindcast')
})

look('a table opens and closes with one key while its chart has the focus', {}, async ({ page }) => {
  const details = page.locator('#return details')
  await page.focus('#return .plot')
  await page.keyboard.press('t')
  assert.equal(await details.evaluate((element: HTMLDetailsElement) => element.open), true)
  assert.equal(await page.locator('#return tbody tr').count(), model.returns.dates.length)
  assert.ok(await page.locator('#return tbody tr').first().isVisible())
  await page.keyboard.press('t')
  assert.equal(await details.evaluate((element: HTMLDetailsElement) => element.open), false)
})

look('a table opens without a script', { javaScriptEnabled: false }, async ({ page }) => {
  assert.equal(await page.locator('.copy').first().isVisible(), false)
  await page.focus('#ic summary')
  await page.keyboard.press('Enter')
  assert.ok(await page.locator('#ic tbody tr').first().isVisible())
})

look(
  'the copied CSV holds every day with every digit',
  { permissions: ['clipboard-read', 'clipboard-write'] },
  async ({ page }) => {
    await page.locator('#return .copy').click()
    await page.getByText('Copied').waitFor()
    const lines = (await page.evaluate(() => navigator.clipboard.readText())).trimEnd().split('\r\n')
    assert.equal(lines[0], 'date,gross_return,net_return,gross_cumulative,net_cumulative,drawdown')
    assert.equal(lines.length, model.returns.dates.length + 1)
    const [date, gross, net] = lines[1]!.split(',')
    assert.deepEqual([date, Number(gross), Number(net)], ['2015-01-02', model.returns.gross[0], model.returns.net![0]])
  },
)

look('the arrow keys read a day on every chart of time', {}, async ({ page }) => {
  await page.focus('#return .plot')
  await page.keyboard.press('Home')
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
  for (const id of ['return', 'ic', 'turnover', 'names']) {
    const readout = page.locator(`#${id} output`)
    assert.match((await readout.textContent()) ?? '', /^7 Jan 2015: /, id)
    assert.equal(await readout.getAttribute('aria-live'), id === 'return' ? 'polite' : 'off', id)
    const line = page.locator(`#${id} .cursor`).first()
    assert.equal(await line.evaluate((element) => getComputedStyle(element).visibility), 'visible', id)
  }
  const rankIc = numberText(model.ic.rankIc[3]!, { unit: 'number', digits: 4, signed: true })
  assert.ok((await page.locator('#ic output').textContent())?.includes(`rank IC ${rankIc},`))
  await page.keyboard.press('Tab')
  assert.equal(await page.locator('#return output').textContent(), '')
})

look('pointing at the end of a chart reads its last day', {}, async ({ page }) => {
  await page.locator('#return .plot').first().scrollIntoViewIfNeeded()
  const box = (await page.locator('#return .plot').first().boundingBox())!
  await page.mouse.move(box.x + box.width - 1, box.y + box.height / 2)
  assert.match(
    (await page.locator('#return output').textContent()) ?? '',
    /^31 Dec 2015: .*gross \+6\.73%, net \+5\.39%/,
  )
})

look('a definition opens by keyboard and closes with Escape', {}, async ({ page }) => {
  await page.locator('.tiles .term').first().focus()
  await page.keyboard.press('Enter')
  const definition = page.locator('#def-metrics-mean_ic')
  assert.ok(await definition.isVisible())
  assert.match((await definition.textContent()) ?? '', /Spearman.*0\.02516153639431488/s)
  await page.keyboard.press('Escape')
  assert.equal(await definition.isVisible(), false)
})

look('the theme follows the system until the reader chooses', { colorScheme: 'dark' }, async ({ page }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  assert.equal(await background(), 'rgb(20, 23, 26)')
  await page.locator('.theme').click()
  assert.equal(await background(), 'rgb(251, 251, 249)')
  assert.equal(await page.locator('.theme').textContent(), 'Dark')
})

look('at 360 px nothing scrolls sideways and the labels keep their size', { viewport: NARROW }, async ({ page }) => {
  for (const details of await page.locator('details').all())
    await details.evaluate((d: HTMLDetailsElement) => (d.open = true))
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), NARROW.width)
  const size = await page
    .locator('#return .tick.y')
    .first()
    .evaluate((text) => text.getBoundingClientRect().height)
  assert.ok(size >= 11, `${size} px`)
})

look(
  'in print the definitions stand in the page and the tools are gone, white even from dark',
  { colorScheme: 'dark' },
  async ({ page }) => {
    await page.locator('.theme').click()
    await page.locator('.theme').click()
    await page.emulateMedia({ media: 'print' })
    assert.ok(await page.locator('#def-metrics-mean_ic').isVisible())
    assert.equal(await page.locator('.tools').first().isVisible(), false)
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(255, 255, 255)')
    const pdf = await page.pdf({ format: 'A4' })
    assert.equal(pdf.subarray(0, 5).toString('latin1'), '%PDF-')
  },
)

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of [NARROW, { width: 1000, height: 900 }]) {
    look(
      `axe finds nothing serious: ${colorScheme}, ${viewport.width} px`,
      { colorScheme, viewport },
      async ({ page }) => {
        await page.locator('#return summary').click()
        await page.locator('.tiles .term').first().click()
        assert.deepEqual(await seriousFaults(page), [])
      },
    )
  }
}
