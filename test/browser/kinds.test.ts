import { strict as assert } from 'node:assert'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { renderReport } from '../../console/report/render-report.ts'
import { startBrowser, WITHOUT_BROWSER } from './chromium.ts'
import { NARROW, type Opened, openFile, seriousFaults } from './open-page.ts'
import { pathModel } from './path-model.ts'
import { walkModel } from './walk-model.ts'

/** The reports of the two kinds that are more than one Backtest, as people meet them. */
const walk = walkModel()
const paths = pathModel()
const MODELS = { walk, paths, shuffled: pathModel('shuffle') } as const
const folder = mkdtempSync(join(tmpdir(), 'hindcast-kinds-'))
const fileOf = (kind: string) => join(folder, `${kind}.html`)
let browser: Browser

before(async () => {
  for (const [kind, model] of Object.entries(MODELS)) writeFileSync(fileOf(kind), renderReport(model))
  if (WITHOUT_BROWSER === false) browser = await startBrowser()
})
after(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

interface Look {
  readonly kind: keyof typeof MODELS
  readonly options?: BrowserContextOptions
}

function look(title: string, { kind, options = {} }: Look, check: (opened: Opened) => Promise<void>): void {
  test(title, { skip: WITHOUT_BROWSER }, () => openFile(browser, { file: fileOf(kind), options }, check))
}

const openAll = async (page: Page) => {
  for (const details of await page.locator('details').all())
    await details.evaluate((element: HTMLDetailsElement) => (element.open = true))
}

for (const kind of ['walk', 'paths'] as const) {
  look(`the page of ${kind} asks for nothing and complains of nothing`, { kind }, async (opened) => {
    await opened.page.waitForTimeout(100)
    const others = opened.requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))
    assert.deepEqual([others, opened.complaints], [[], []])
  })

  look(
    `at 360 px the page of ${kind} does not scroll sideways, and no label leaves it`,
    { kind, options: { viewport: NARROW } },
    async ({ page }) => {
      await openAll(page)
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), NARROW.width)
      const cut = await page.evaluate((width) => {
        const texts = [...document.querySelectorAll('.chart text')]
        return texts
          .filter((text) => getComputedStyle(text).display !== 'none')
          .filter((text) => text.getBoundingClientRect().right > width || text.getBoundingClientRect().left < 0)
          .map((text) => text.textContent)
      }, NARROW.width)
      assert.deepEqual(cut, [])
    },
  )

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const viewport of [NARROW, { width: 1000, height: 900 }]) {
      look(
        `axe finds nothing serious in the page of ${kind}: ${colorScheme}, ${viewport.width} px`,
        { kind, options: { colorScheme, viewport } },
        async ({ page }) => {
          await page.locator('figure summary').first().click()
          await page.locator('.tiles .term').first().click()
          assert.deepEqual(await seriousFaults(page), [])
        },
      )
    }
  }
}

look('no labels of marks cover each other, wide or narrow', { kind: 'paths' }, async ({ page }) => {
  for (const width of [360, 640, 1000]) {
    await page.setViewportSize({ width, height: 900 })
    const covered = await page.evaluate(() => {
      const faults: string[] = []
      for (const chart of document.querySelectorAll('.chart')) {
        const boxes = [...chart.querySelectorAll('text.mark')].map((text) => text.getBoundingClientRect())
        boxes.forEach((a, i) => {
          for (const b of boxes.slice(i + 1)) {
            const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top + 2 || b.bottom <= a.top + 2
            if (!apart) faults.push(chart.getAttribute('aria-label') ?? '')
          }
        })
      }
      return faults
    })
    assert.deepEqual(covered, [], `${width} px`)
  }
})

look('the timeline and the stitched curve under it share one axis', { kind: 'walk' }, async ({ page }) => {
  for (const width of [360, 1000]) {
    await page.setViewportSize({ width, height: 900 })
    const ends = await page.evaluate(() =>
      ['#timeline .plot', '#return .plot'].map((plot) => {
        const { left, right } = document.querySelector(plot)!.getBoundingClientRect()
        return [Math.round(left), Math.round(right)]
      }),
    )
    assert.deepEqual(ends[0], ends[1], `${width} px`)
  }
})

look('the arrow keys read a test day on return and IC', { kind: 'walk' }, async ({ page }) => {
  await page.focus('#return .plot')
  await page.keyboard.press('Home')
  for (const id of ['return', 'ic', 'cumulative-ic']) {
    assert.match((await page.locator(`#${id} output`).textContent()) ?? '', /^\d+ [A-Z][a-z]{2} \d{4}: /, id)
  }
})

look(
  'the copied table of the windows has their dates, choices and figures',
  { kind: 'walk', options: { permissions: ['clipboard-read', 'clipboard-write'] } },
  async ({ page }) => {
    await page.locator('#timeline .copy').click()
    await page.getByText('Copied').waitFor()
    const lines = (await page.evaluate(() => navigator.clipboard.readText())).trimEnd().split('\r\n')
    const dates = 'window,train_start,train_end,test_start,test_end'
    assert.equal(lines[0], `${dates},best_params,train_ic,test_ic,test_icir,train_sharpe,test_sharpe`)
    assert.equal(lines.length, walk.windows.length + 1)
    assert.ok(lines[1]!.includes(String(walk.windows[0]!.testIc)))
  },
)

look('the verdict has its definition at hand, by keyboard', { kind: 'paths' }, async ({ page }) => {
  await page.locator('.evidence .term').focus()
  await page.keyboard.press('Enter')
  const definition = page.locator('#def-page-evidence')
  assert.match((await definition.textContent()) ?? '', /what never happened in them, no path shows/)
  await page.keyboard.press('Escape')
  assert.equal(await definition.isVisible(), false)
})

look('in print every window and every test stands, and nothing is cut', { kind: 'walk' }, async ({ page }) => {
  await page.emulateMedia({ media: 'print' })
  assert.equal(await page.locator('.windows tbody tr').first().isVisible(), true)
  assert.equal(await page.locator('.evidence tbody tr').count(), 14)
  assert.equal(await page.locator('.tools').first().isVisible(), false)
  const pdf = await page.pdf({ format: 'A4' })
  assert.equal(pdf.subarray(0, 5).toString('latin1'), '%PDF-')
})

look('shuffled paths draw the drawdown alone', { kind: 'shuffled' }, async ({ page }) => {
  assert.equal(await page.locator('#paths-sharpe .one-point').isVisible(), true)
  assert.equal(await page.locator('#paths-max-drawdown svg.chart').isVisible(), true)
})
