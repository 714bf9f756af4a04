import { durationText } from '../../core/date-text.ts'
import { type NumberStyle, numberText } from '../../core/number-text.ts'
import type { StoredPaths } from '../../storage/out/kinds/read-monte-carlo.ts'
import { type Block, renderBlocks } from '../output/blocks.ts'
import type { Style } from '../terminal.ts'

/** A completed MonteCarlo as the terminal shows it. */
export interface PathSummary {
  readonly name: string
  readonly jobId: string
  readonly reused: boolean
  readonly durationMs: number
  readonly sourceJobId: string
  readonly paths: StoredPaths
  readonly artifacts: string
}

const ROWS: Readonly<Record<string, { readonly label: string; readonly look: NumberStyle }>> = {
  sharpe: { label: 'Sharpe', look: { unit: 'number', digits: 2 } },
  max_drawdown: { label: 'max drawdown', look: { unit: 'percent', digits: 1 } },
  mean_ic: { label: 'rank IC', look: { unit: 'number', digits: 4 } },
  hit_rate: { label: 'days above zero', look: { unit: 'percent', digits: 1 } },
}
const CHANCE: NumberStyle = { unit: 'number', digits: 4 }

/** The summary in blocks: run, paths, evidence, files. */
export function renderPathSummary(summary: PathSummary, style: Style): string {
  const { name, jobId, reused, durationMs } = summary
  const state = reused ? 'computed before: nothing to do' : `completed in ${durationText(durationMs)}`
  const first = `${style('heading', name)}  ${style('good', state)}  ${style('quiet', jobId)}\n`
  const blocks = [runBlock, pathsBlock, evidenceBlock, filesBlock].map((block) => block(summary))
  return `${first}\n${renderBlocks(blocks, style)}`
}

function runBlock({ paths: { config, sample }, sourceJobId }: PathSummary): Block {
  const block = config.block_length === null ? '' : `, blocks of ${numberText(config.block_length, CHANCE)} days`
  return {
    name: 'run',
    lines: [
      { label: 'source', value: sourceJobId, remark: `${sample.returns} ${config.basis} daily returns` },
      { label: 'paths', value: String(config.simulations), remark: `${config.method}${block}` },
      { label: 'seed', value: String(config.seed), remark: `generator ${config.generator}` },
    ],
  }
}

function pathsBlock({ paths }: PathSummary): Block {
  const lines = paths.intervals.map(({ metric, observed, q05, q50, q95 }) => {
    const { label, look } = ROWS[metric] ?? { label: metric, look: CHANCE }
    const [low, middle, high] = [q05, q50, q95].map((value) => numberText(value, look))
    return { label, value: numberText(observed, look), remark: `paths: ${low} to ${high}, middle ${middle}` }
  })
  return { name: 'observed', lines }
}

function evidenceBlock({ paths }: PathSummary): Block {
  const said = [...paths.notes, ...paths.warnings]
  return {
    name: 'evidence',
    lines: [
      {
        label: 'p-value',
        value: numberText(paths.p_value_null, CHANCE),
        remark: 'chance of this Sharpe ratio without skill',
      },
      {
        label: 'deeper',
        value: numberText(paths.drawdown_deeper_share, CHANCE),
        remark: 'share of paths that fell as deep',
      },
      ...said.map(({ message }, at) => ({ label: at === 0 ? 'mind' : '', value: message })),
    ],
  }
}

function filesBlock({ artifacts }: PathSummary): Block {
  return { name: 'files', lines: [{ label: 'artifacts', value: artifacts }] }
}
