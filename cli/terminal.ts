import { styleText } from 'node:util'

/** Where a command writes: results to `out`, everything else to `note`. Text ends in a line feed. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly note: (text: string) => void
  /** Replaces the moving line of a terminal with `text`; the empty text removes it. No effect elsewhere. */
  readonly moving: (text: string) => void
  /** Whether a moving line can be seen. */
  readonly interactive: boolean
  /** Columns of the error stream. */
  readonly columns: number
  /** Colours for results and for notes: the identity where colour is off. */
  readonly style: Style
  readonly noteStyle: Style
}

export type Style = (look: Look, text: string) => string

/** What a piece of text is, not which colour it has. */
export type Look = 'heading' | 'quiet' | 'good' | 'bad' | 'warn' | 'accent'

const LOOKS: Readonly<Record<Look, Parameters<typeof styleText>[0]>> = {
  heading: 'bold',
  quiet: 'gray',
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  accent: 'cyan',
}

const CLEAR_LINE = '\r\u001b[2K'
const DEFAULT_COLUMNS = 80

interface Output extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** A terminal over two streams. A reader that went away (EPIPE) ends the printing, never the work. */
export function openTerminal(out: Output, err: Output, options: { color: boolean; quiet: boolean }): Terminal {
  let shown = ''
  const interactive = err.isTTY === true && !options.quiet
  const write = muteAfterEpipe(out)
  const writeNote = muteAfterEpipe(err)
  const clear = () => {
    if (shown !== '') writeNote(CLEAR_LINE)
  }
  return {
    out: (text) => {
      clear()
      write(text)
      if (shown !== '') writeNote(shown)
    },
    note: (text) => {
      clear()
      writeNote(text)
      if (shown !== '') writeNote(shown)
    },
    moving: (text) => {
      if (!interactive) return
      clear()
      shown = text
      if (text !== '') writeNote(text)
    },
    interactive,
    // A terminal that does not know its size says 0.
    columns: err.columns || DEFAULT_COLUMNS,
    style: styleOf(options.color && out.isTTY === true),
    noteStyle: styleOf(options.color && err.isTTY === true),
  }
}

/** Commander and the libraries write to the streams themselves, so a reader that went away is an event to them too. */
function muteAfterEpipe(stream: NodeJS.WritableStream): (text: string) => void {
  let open = true
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    open = false
  })
  return (text) => {
    if (open) stream.write(text)
  }
}

function styleOf(color: boolean): Style {
  return color ? (look, text) => styleText(LOOKS[look], text, { validateStream: false }) : plainStyle
}

/** No colours. */
export const plainStyle: Style = (_look, text) => text
