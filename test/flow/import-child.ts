import { importDataset } from '../../storage/in/import/import-dataset.ts'

/** A process that imports until it is killed or has done: DATASETS_DIR DATASET PRICES... one import per prices file. */
const [datasetsDir = '', dataset = '', ...files] = process.argv.slice(2)
process.send?.('ready')
for (const file of files) {
  try {
    const { record } = await importDataset({ datasetsDir, dataset, prices: [file], now: () => 0 })
    process.stdout.write(`${record.snapshotId}\n`)
  } catch (error) {
    process.stdout.write(`${(error as { code?: string }).code}\n`)
  }
}
