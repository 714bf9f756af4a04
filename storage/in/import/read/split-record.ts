/** The fields of one record whose quotes are known to be right, with or without its line break. */
export function splitRecord(record: string, delimiter: string): string[] {
  const text = record.replace(/\r?\n?$/, '')
  const fields: string[] = []
  for (let at = 0; ; at++) {
    let end = text[at] === '"' ? closingQuote(text, at) : text.indexOf(delimiter, at)
    if (end < 0) end = text.length
    fields.push(text[at] === '"' ? text.slice(at + 1, end - 1).replaceAll('""', '"') : text.slice(at, end))
    if (end >= text.length) return fields
    at = end
  }
}

/** The offset after the quote that closes the field opened at `open`. */
function closingQuote(text: string, open: number): number {
  let end = text.indexOf('"', open + 1)
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2)
  return end < 0 ? -1 : end + 1
}

/** The same record with every field in quotes and a line break: a quote inside a plain field confuses readers. */
export function canonicalRecord(record: Buffer, delimiter: string): Buffer {
  // Latin-1 keeps every byte as it is.
  const fields = splitRecord(record.toString('latin1'), delimiter)
  return Buffer.from(`${fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(delimiter)}\n`, 'latin1')
}
