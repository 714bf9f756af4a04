import { csvText } from '../../charts/csv.ts'
import { csvRows, tableOf } from './table-data.ts'

const SAID_MS = 2000

/** Copy buttons, and the keys `t` and `c` inside a figure. The tables themselves open without a script. */
export function wireTables(root: Document): void {
  for (const figure of root.querySelectorAll<HTMLElement>('figure')) {
    const button = figure.querySelector<HTMLButtonElement>('.copy')
    const details = figure.querySelector('details')
    if (button === null || details === null) continue
    button.hidden = false
    button.addEventListener('click', () => void copy(figure, button))
    figure.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key === 't') details.open = !details.open
      if (event.key === 'c') void copy(figure, button)
    })
  }
}

async function copy(figure: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const table = tableOf(figure)
  if (table === null) return
  const words = (await toClipboard(csvText(csvRows(table))))
    ? 'Copied'
    : 'Not allowed to copy: select the table instead'
  button.textContent = words
  setTimeout(() => {
    button.textContent = 'Copy CSV'
  }, SAID_MS)
}

/** The modern way needs a permission that some viewers refuse; the old one needs a selection. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}
