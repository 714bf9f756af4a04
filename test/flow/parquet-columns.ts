import { readFileSync } from 'node:fs'
import { parquetMetadata, parquetRead } from 'hyparquet'

const MS_PER_DAY = 86_400_000

/** The columns of a Parquet file by an independent reader: whole numbers and day numbers as numbers, null kept. */
export async function columnsOf(path: string): Promise<Record<string, (number | null)[]>> {
  const bytes = readFileSync(path)
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  const rows = Number(parquetMetadata(file).num_rows)
  const names = parquetMetadata(file)
    .schema.slice(1)
    .map(({ name }) => name)
  const columns = Object.fromEntries(names.map((name) => [name, new Array<number | null>(rows).fill(null)]))
  await parquetRead({
    file,
    onChunk: ({ columnName, columnData, rowStart }) => {
      for (let i = 0; i < columnData.length; i++) columns[columnName]![rowStart + i] = plain(columnData[i])
    },
  })
  return columns
}

function plain(value: unknown): number | null {
  if (value === null || value === undefined) return null
  return value instanceof Date ? value.getTime() / MS_PER_DAY : Number(value)
}
