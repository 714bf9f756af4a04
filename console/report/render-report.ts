import { h, type JSX } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { BacktestReport } from './backtest/report.ts'
import type { ReportModel } from './model.ts'
import type { PathReportModel } from './monte-carlo/model.ts'
import { PathReport } from './monte-carlo/report.ts'
import { Page } from './page.ts'
import type { WalkReportModel } from './walk-forward/model.ts'
import { WalkReport } from './walk-forward/report.ts'

/** What a report can be made of. */
export type AnyReportModel = ReportModel | WalkReportModel | PathReportModel

/**
 * One self-contained HTML page of a result, to be written to a file as UTF-8: no network, every text escaped, the same
 * bytes for the same model. Under 5 MB for five years of 500 names, because no table by name and day is in it.
 */
export function renderReport(model: AnyReportModel): string {
  return `<!doctype html>\n${renderToString(h(Page, { name: model.head.name }, reportOf(model)))}\n`
}

function reportOf(model: AnyReportModel): JSX.Element {
  if ('windows' in model) return h(WalkReport, { model })
  return 'distributions' in model ? h(PathReport, { model }) : h(BacktestReport, { model })
}
