import { pathEvidence } from '../../../console/report/evidence.ts'
import { PATH_METRICS, type PathReportModel } from '../../../console/report/monte-carlo/model.ts'
import { durationText } from '../../../core/date-text.ts'
import { meaningOf, metricText } from '../../../core/metric-glossary.ts'
import { numberText } from '../../../core/number-text.ts'
import { type Block, renderBlocks } from '../../output/blocks.ts'
import { evidenceBlock } from '../../output/evidence-block.ts'
import type { Style } from '../../terminal.ts'
import { filesBlock, type SummaryFile } from './files-block.ts'

/** A completed MonteCarlo as the terminal shows it. */
export interface PathSummary {
  readonly model: PathReportModel
  readonly reused: boolean
  readonly durationMs: number | null
  readonly files: readonly SummaryFile[]
}

/** The summary in blocks: run, observed, evidence, files. */
export function renderPathSummary({ model, reused, durationMs, files }: PathSummary, style: Style): string {
  const { name, jobId } = model.head
  const took = durationMs === null ? '' : ` in ${durationText(durationMs)}`
  const state = reused ? 'computed before: nothing to do' : `completed${took}`
  const first = `${style('heading', name)}  ${style('good', state)}  ${style('quiet', jobId)}\n`
  const minds = [...model.notes, ...model.warnings].map(({ message }) => message)
  const blocks = [runBlock(model), pathsBlock(model), evidenceBlock(pathEvidence(model), minds), filesBlock(files)]
  return `${first}\n${renderBlocks(blocks, style)}`
}

function runBlock({ computation, blockLength, sample, source }: PathReportModel): Block {
  const { simulations, method, seed, generator, basis } = computation
  const days = numberText(blockLength, { unit: 'number', digits: 1 })
  const block = Number.isNaN(blockLength) ? '' : `, blocks of ${days} days`
  return {
    name: 'run',
    lines: [
      { label: 'source', value: source.jobId, remark: `${sample.returns} ${basis} daily returns` },
      { label: 'paths', value: String(simulations), remark: `${method}${block}` },
      { label: 'seed', value: String(seed), remark: `generator ${generator}` },
    ],
  }
}

function pathsBlock({ metrics }: PathReportModel): Block {
  const words = (name: string) => {
    const value = metrics[name]
    return typeof value === 'string' ? value : metricText('monteCarlo', name, value)
  }
  const lines = PATH_METRICS.map((metric) => ({
    label: meaningOf('monteCarlo', metric)!.title,
    value: words(metric),
    remark: `paths: ${words(`${metric}_q05`)} to ${words(`${metric}_q95`)}, middle ${words(`${metric}_q50`)}`,
  }))
  return { name: 'observed', lines }
}
