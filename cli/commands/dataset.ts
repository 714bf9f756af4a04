import { type Command, Option } from 'commander'
import type { Act } from '../program.ts'
import { examples } from './examples.ts'

const CLUSTER = 'the catalogue of a cluster at DATABASE_URL, as "dataset push" writes it, instead of this home'

/** `hindcast dataset import | list | show | push | receive | synth` */
export function defineDataset(program: Command, act: Act): void {
  const dataset = program
    .command('dataset')
    .summary('import, list and show data')
    .description('Imports data as immutable snapshots of this home, brings them to a cluster, and shows what is there.')
  defineImport(dataset, act)
  const list = dataset
    .command('list')
    .summary('the datasets of this home or of a cluster, and their snapshots')
    .description('Lists the snapshots of this home, or of the catalogue of a cluster, newest of each dataset first.')
    .option('--database', CLUSTER)
    .action(act(async () => (await import('../datasets/list.ts')).listDatasets))
  examples(list, [['hindcast dataset list'], ['hindcast dataset list -o json'], ['hindcast dataset list --database']])
  const show = dataset
    .command('show')
    .summary('one snapshot: dates, rows, versions, quality')
    .description('Shows one snapshot: roles, dates, rows, version hashes and the quality report of its import.')
    .argument('<name>', 'dataset (its newest snapshot) or snapshot id')
    .option('--database', CLUSTER)
    .action(act(async () => (await import('../datasets/show.ts')).showDataset))
  examples(show, [
    ['hindcast dataset show sp500'],
    ['hindcast dataset show sp500-2f6c0a91 -o json'],
    ['hindcast dataset show sp500 --database'],
  ])
  definePush(dataset, act)
  defineSynth(dataset, act)
}

function defineImport(dataset: Command, act: Act): void {
  const command = dataset
    .command('import')
    .summary('import CSV or Parquet files')
    .description(
      'Reads CSV or Parquet (also .gz), checks every row, and writes an immutable snapshot. The same data always ' +
        'gives the same snapshot id, whatever files it came in.',
    )
    .argument('<name>', 'name of the dataset: lower-case letters, digits and -, at most 54')
    .requiredOption('--prices <file...>', 'daily prices')
    .option('--fundamentals <file...>', 'annual statements (native columns)')
    .option('--delistings <file>', 'delisting returns')
    .option('--names <file>', 'security names: permno, ticker, first and last date')
    .addOption(
      new Option('--preset <preset>', 'columns and units of the files (default: known by the header)').choices([
        'native',
        'kaggle',
        'yahoo',
        'stooq',
        'crsp',
      ]),
    )
    .addOption(
      new Option('--crsp-format <format>', 'edition of CRSP files (default: known by the header)').choices([
        'siz',
        'ciz',
      ]),
    )
    .addOption(
      new Option('--non-finite <rule>', 'what becomes of NaN and infinities (default: the rule of the preset)').choices(
        ['keep', 'null', 'error'],
      ),
    )
    .option('--store <store>', 'bring the snapshot to a cluster as well, as "dataset push" does')
    .action(act(async () => (await import('../datasets/import.ts')).importFiles))
  examples(command, [
    ['hindcast dataset import sp500 --prices all_stocks_5yr.csv --preset kaggle'],
    ['hindcast dataset import us --prices prices.parquet --fundamentals annual.csv'],
    ['hindcast dataset import sp500 --prices all_stocks_5yr.csv --preset kaggle --store s3://bucket/datasets'],
    ['hindcast dataset import crsp --prices dsf.csv.gz --delistings dsedelist.csv --preset crsp --crsp-format siz'],
  ])
}

function definePush(dataset: Command, act: Act): void {
  const command = dataset
    .command('push')
    .summary('bring a snapshot to a cluster')
    .description(
      'Copies a snapshot of this home into the store of a cluster and writes it into its catalogue (DATABASE_URL), ' +
        'which is what makes it known there. Every file is compared with its hash. A push that was interrupted is ' +
        'simply run again. The keys of an S3 store are HINDCAST_S3_ACCESS_KEY_ID and HINDCAST_S3_SECRET_ACCESS_KEY. ' +
        'With --context the snapshot goes through the API server into a pod that mounts the claim and is removed ' +
        'at the end; this needs the rights of "kubectl exec" in the namespace.',
    )
    .argument('<name>', 'dataset (its newest snapshot) or snapshot id')
    .option(
      '--store <store>',
      '/folder, file:///folder, s3://bucket/prefix?endpoint=https://…&region=…, or - for standard output',
    )
    .option(
      '--context <name>',
      'instead of --store: the claim of the cluster that this context of the kubeconfig means',
    )
    .option('-n, --namespace <name>', 'with --context: where the claim is (default: the namespace of the context)')
    .option('--claim <name>', 'with --context: the claim (default: that of the installation in the namespace)')
    .option('--image <image>', "with --context: the runner's image (default: that of the installation)")
    .action(act(async () => (await import('../datasets/push.ts')).pushDataset))
  examples(command, [
    ['hindcast dataset push sp500 --store s3://bucket/datasets?region=eu-central-1'],
    ['hindcast dataset push sp500-2f6c0a91 --store file:///mnt/datasets?claim=hindcast-datasets'],
    ['hindcast dataset push sp500 --context production -n research'],
    ['hindcast dataset push sp500 --store - | kubectl exec -i importer -- hindcast dataset receive --store /data'],
  ])
  const receive = dataset
    .command('receive')
    .summary('take a snapshot from standard input into a cluster')
    .description(
      'The other end of "dataset push --store -", in a pod that mounts the volume: writes the snapshot into the ' +
        'store and the catalogue (DATABASE_URL). A stream that ends early or has other bytes than its hashes leaves ' +
        'nothing.',
    )
    .requiredOption('--store <store>', 'as of "dataset push"')
    .action(act(async () => (await import('../datasets/push.ts')).receiveDataset))
  examples(receive, [['hindcast dataset receive --store file:///data/.datasets?claim=hindcast-data']])
}

function defineSynth(dataset: Command, act: Act): void {
  const command = dataset
    .command('synth')
    .summary('make a synthetic dataset')
    .description(
      'Makes a deterministic dataset with fundamentals, delistings, restatements, ties and planted alphas, and ' +
        'imports it. The same options always give the same snapshot.',
    )
    .argument('<name>', 'name of the dataset')
    .option('--names <n>', 'securities', '200')
    .option('--days <n>', 'trading days', '756')
    .option('--start <date>', 'first day, YYYY-MM-DD', '2015-01-02')
    .option('--seed <n>', 'another seed, another dataset', '42')
    .action(act(async () => (await import('../datasets/synth.ts')).synthDataset))
  examples(command, [['hindcast dataset synth demo'], ['hindcast dataset synth big --names 2000 --days 2520 --seed 7']])
}
