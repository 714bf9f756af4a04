import { durationText } from '../../core/date-text.ts'
import { formatIsoDate } from '../../core/dates.ts'
import type { AttemptProgress, Stage } from '../../core/outcome.ts'
import type { Terminal } from '../terminal.ts'

/** Plain lines come at most this often, but for the first. */
const PLAIN_GAP_MS = 10_000
/** A run shorter than this prints no plain lines at all: the summary says it. */
const PLAIN_START_MS = 2_000
const BAR_CELLS = 24
/** Before this many dates an estimate would jump about. */
const DATES_BEFORE_ESTIMATE = 20

const STAGE_WORDS: Readonly<Record<Stage, string>> = {
  init_dependencies: 'opening',
  started: 'started',
  loading_data: 'loading data',
  computing: 'computing',
  saving_parquet: 'writing files',
  saving_db: 'recording',
  completed: 'completed',
}

/** Shows the progress of one job: one moving line on a terminal, else a plain line now and then. */
export interface ProgressLine {
  readonly show: (progress: AttemptProgress) => void
  /** Removes the moving line. */
  readonly done: () => void
}

export function progressLine(
  terminal: Terminal,
  options: { name: string; quiet: boolean; monotonic: () => number },
): ProgressLine {
  const { name, quiet, monotonic } = options
  const startedAt = monotonic()
  let plainAt = startedAt + PLAIN_START_MS - PLAIN_GAP_MS
  let computingSince: number | null = null
  return {
    show: (progress) => {
      const now = monotonic()
      if (progress.stage === 'computing') computingSince ??= now
      const pace = computingSince === null ? '' : paceOf(progress, now - computingSince)
      if (terminal.interactive) {
        terminal.moving(movingLine(terminal, { name, progress, pace }))
      } else if (!quiet && now - plainAt >= PLAIN_GAP_MS) {
        plainAt = now
        terminal.note(`${name}: ${wordsOf(progress)}, ${progress.percent}%${pace === '' ? '' : `, ${pace}`}\n`)
      }
    },
    done: () => terminal.moving(''),
  }
}

function wordsOf(progress: AttemptProgress): string {
  const word = STAGE_WORDS[progress.stage]
  return progress.stage === 'computing' && progress.date !== null ? `${word} ${formatIsoDate(progress.date)}` : word
}

/** `420 dates a second, 3 s left`. */
function paceOf(progress: AttemptProgress, elapsedMs: number): string {
  if (progress.stage !== 'computing' || progress.done < DATES_BEFORE_ESTIMATE || elapsedMs <= 0) return ''
  const rate = progress.done / elapsedMs
  const left = (progress.total - progress.done) / rate
  const what = progress.date === null ? 'paths' : 'dates'
  return `${Math.round(rate * 1000)} ${what} a second, ${durationText(left)} left`
}

function movingLine(terminal: Terminal, shown: { name: string; progress: AttemptProgress; pace: string }): string {
  const { name, progress, pace } = shown
  const filled = Math.round((progress.percent / 100) * BAR_CELLS)
  const number = `${String(progress.percent).padStart(3)}%`
  const tail = [wordsOf(progress), pace].filter((part) => part !== '').join('  ')
  // A line that wraps could not be taken back.
  const room = terminal.columns - BAR_CELLS - number.length - 5
  const words = `${name}  ${tail}`.slice(0, Math.max(0, room))
  const bar =
    terminal.noteStyle('accent', '━'.repeat(filled)) + terminal.noteStyle('quiet', '─'.repeat(BAR_CELLS - filled))
  return `${bar} ${number}  ${words}`
}
