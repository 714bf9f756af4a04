import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import type { ReportModel } from './model.ts'
import { Page } from './page.ts'

/**
 * One self-contained HTML page of a Backtest, to be written to a file as UTF-8: no network, every text escaped, the
 * same bytes for the same model. Under 5 MB for five years of 500 names, because no table by name and day is in it.
 */
export function renderReport(model: ReportModel): string {
  return `<!doctype html>\n${renderToString(h(Page, { model }))}\n`
}
