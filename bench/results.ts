import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem, type } from 'node:os'
import { type Figure, isMet, least, median, type Peer } from './figure.ts'

/** What the figures were measured on, and how busy it was: read before the first run and after the last. */
export interface Machine {
  readonly text: string
  readonly load: string
}

export function machine(): Machine {
  const model = cpus()[0]?.model ?? 'unknown processor'
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`
  return {
    text: `${model}, ${availableParallelism()} cores, ${memory}, ${type()}, Node ${process.versions.node}`,
    load: loadavg()
      .map((load) => load.toFixed(1))
      .join(', '),
  }
}

/** The figures as a Markdown table, one line a figure. */
export function table(figures: readonly Figure[]): string {
  const head = '| goal | what | minimum | median | runs | goal is | met | against peers (their least / ours) |'
  const rule = '| --- | --- | --- | --- | --- | --- | --- | --- |'
  return [head, rule, ...figures.map(line)].join('\n')
}

function line(figure: Figure): string {
  const { goal, what, runs, target, peers } = figure
  const met = isMet(figure)
  const cells = [
    goal,
    what,
    number(least(runs), figure),
    number(median(runs), figure),
    runs.length,
    target === null ? '' : `≤ ${target} ${figure.unit}`.trim(),
    met === null ? '' : met ? 'yes' : `no, by ${((least(runs) / target!) * 100 - 100).toFixed(0)} %`,
    peers.map((peer) => against(peer, figure)).join('; '),
  ]
  return `| ${cells.join(' | ')} |`
}

function against({ name, runs, why, atLeast }: Peer, ours: Figure): string {
  if (runs.length === 0) return `${name}: ${why}`
  const times = `${number(least(runs), ours)}, median ${number(median(runs), ours)} of ${runs.length}`
  const ratio = least(runs) / least(ours.runs)
  const goal = atLeast === undefined ? '' : `, goal ≥ ${atLeast.toFixed(2)} ×: ${ratio >= atLeast ? 'met' : 'missed'}`
  return `${name} ${ratio.toFixed(2)} × (${times}${goal})`
}

function number(value: number, { unit }: Figure): string {
  if (unit === 'files') return String(value)
  return `${unit === 'MiB' ? value.toFixed(0) : value.toFixed(unit === 's' && value < 10 ? 3 : 2)} ${unit}`
}

/** RESULTS.md: the table, the notes of each line, and whatever a person wrote by hand below the mark. */
export function resultsPage(figures: readonly Figure[], before: Machine, after: Machine, old: string | null): string {
  const notes = figures.map(({ goal, what, note }) => `- ${goal}, ${what}: ${note}.`)
  const hand = old?.slice(old.indexOf(HAND_MARK)) ?? `${HAND_MARK}\n`
  return `# Benchmarks

Written by \`npm run bench\`; compare ratios, not seconds of other machines. A goal is met by the least run.
L: 2,985 names × 2,520 days; M: 497 × 1,260 (bench/panels.ts); sp500: the real data of examples/data.

Machine: ${before.text}.
Load (1, 5, 15 minutes) before: ${before.load}; after: ${after.load}.

${table(figures)}

${notes.join('\n')}

${hand}`
}

const HAND_MARK = '## What limits what'

/** The page as it stands, null when it has no part written by hand. */
export function readResults(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8')
    return text.includes(HAND_MARK) ? text : null
  } catch {
    return null
  }
}
