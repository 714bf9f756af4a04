import { linkCursors } from './cursor.ts'
import { wireTables } from './tables.ts'
import { wireTheme } from './theme.ts'

/** What moves on a report's page. Without it the page still shows every chart, table and definition. */
for (const output of document.querySelectorAll('output')) output.hidden = false
wireTheme(document)
wireTables(document)
linkCursors(document)
