import type { AnyReportModel } from '../../console/report/render-report.ts'
import { replaceFile } from '../../storage/blobs/durable-files.ts'

/** Writes the report of a model whole or not at all; what stood at `path` is replaced. */
export async function writeHtml(path: string, model: AnyReportModel): Promise<void> {
  const { renderReport } = await import('../../console/report/render-report.ts')
  await replaceFile(path, renderReport(model), `${path}.${process.pid}.part`)
}
