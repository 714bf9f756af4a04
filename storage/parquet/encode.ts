import {
  Table as ArrowTable,
  type DataType as ArrowType,
  DateDay,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  tableToIPC,
} from 'apache-arrow'
import {
  Compression,
  EnabledStatistics,
  Encoding,
  transformParquetStream,
  Table as WasmTable,
  type WriterProperties,
  WriterPropertiesBuilder,
} from 'parquet-wasm'
import { ROW_GROUP_ROWS, type RowGroup, rowGroups, type TableSource } from './row-groups.ts'
import type { ColumnType, TableSchema } from './schemas.ts'

/** In every file, in place of the library's own version string: an upgrade alone moves no byte of it. */
const CREATED_BY = 'hindcast'

const ARROW_TYPES: Readonly<Record<ColumnType, () => ArrowType>> = {
  date: () => new DateDay(),
  int32: () => new Int32(),
  int64: () => new Int64(),
  float64: () => new Float64(),
}

/**
 * The Parquet file of a table, in pieces as its row groups are done: snappy, date32, int64 and double, no nulls, rows
 * in key order. The same rows give the same bytes on any machine and thread, however the source was cut up. Memory:
 * one row group and its compressed form, whatever the table's size. Throws `schema_violation`.
 */
export async function* encodeTable(schema: TableSchema, source: TableSource): AsyncGenerator<Uint8Array, void> {
  const groups = rowGroups(schema, source)
  // Pulled here, so that a bad source throws our error and not one from inside the stream.
  const first = groups.next()
  const bytes = await transformParquetStream(batchStream(arrowSchema(schema), groups, first), writerProperties(schema))
  yield* bytes as ReadableStream<Uint8Array>
}

/** The whole file in one piece, for small tables. */
export async function encodeWhole(schema: TableSchema, source: TableSource): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of encodeTable(schema, source)) pieces.push(piece)
  const whole = new Uint8Array(pieces.reduce((bytes, piece) => bytes + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** Record batches in the writer's memory, made one at a time as it asks for them. */
function batchStream(
  schema: Schema,
  groups: Generator<RowGroup, void>,
  first: IteratorResult<RowGroup, void>,
): ReadableStream {
  let next = first
  return new ReadableStream(
    {
      pull(controller) {
        if (next.done === true) return controller.close()
        const table = WasmTable.fromIPCStream(tableToIPC(new ArrowTable([recordBatch(schema, next.value)]), 'stream'))
        for (const batch of table.recordBatches()) controller.enqueue(batch)
        table.free()
        next = groups.next()
      },
    },
    { highWaterMark: 0 },
  )
}

function recordBatch(schema: Schema, { rows, columns }: RowGroup): RecordBatch {
  const children = schema.fields.map((field, at) => {
    const values = columns[at] as Int32Array | Float64Array
    const data = field.type instanceof Int64 ? new BigInt64Array(values.buffer, values.byteOffset, rows) : values
    return makeData({ type: field.type, length: rows, nullCount: 0, data: data as never })
  })
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children: children as never }),
  )
}

function arrowSchema(schema: TableSchema): Schema {
  return new Schema(schema.columns.map(({ name, type }) => new Field(name, ARROW_TYPES[type](), false)))
}

/** docs/decisions/0060-parquet-encodings.md has the figures behind these settings. */
function writerProperties(schema: TableSchema): WriterProperties {
  let builder = new WriterPropertiesBuilder()
    .setCreatedBy(CREATED_BY)
    .setCompression(Compression.SNAPPY)
    .setMaxRowGroupSize(ROW_GROUP_ROWS)
    .setDictionaryEnabled(false)
    .setStatisticsEnabled(EnabledStatistics.Chunk)
  for (const { name, type } of schema.columns) {
    if (type !== 'float64') builder = builder.setColumnEncoding(name, Encoding.DELTA_BINARY_PACKED)
  }
  return builder.build()
}
