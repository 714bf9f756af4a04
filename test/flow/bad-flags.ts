import type { BadCase } from './bad-manifests.ts'
import { manifest } from './cli-process.ts'

const TWO = { 'a.yaml': manifest('a'), 'b.yaml': manifest('b') }
const ONE = { 'a.yaml': manifest('a') }

/** Command lines and environments that are wrong; they run where the dataset `tiny` is there and nothing has run. */
export const FLAG_CASES: readonly BadCase[] = [
  { title: 'a command nobody knows', args: ['rnu', 'a.yaml'], code: 2, says: ['rnu', 'run'] },
  { title: 'an option nobody knows', args: ['run', 'a.yaml', '--htlm', 'x'], code: 2, says: ['--htlm', '--html'] },
  { title: 'a format nobody knows', args: ['list', '-o', 'xml'], code: 2, says: ['xml', 'table'] },
  { title: 'a run without a file', args: ['run'], code: 2, says: ['file'] },
  {
    title: 'no thread',
    args: ['run', 'a.yaml', '--threads', '0'],
    files: ONE,
    code: 2,
    says: ['--threads', '"0"', '1 to 64'],
  },
  {
    title: 'threads of a word',
    args: ['run', 'a.yaml', '--threads', 'all'],
    files: ONE,
    code: 2,
    says: ['--threads', 'all'],
  },
  {
    title: 'a gate without a comparison',
    args: ['run', 'a.yaml', '--require', 'icir 0.5'],
    files: ONE,
    code: 2,
    says: ['--require', 'icir 0.5', 'icir>=0.5'],
  },
  {
    title: 'a gate on a figure nobody knows',
    args: ['run', 'a.yaml', '--require', 'sharp>=1'],
    files: ONE,
    code: 2,
    says: ['"sharp"', 'mean_ic'],
  },
  {
    title: 'a report in a folder that is not there',
    args: ['run', 'a.yaml', '--html', 'no/such/report.html'],
    files: ONE,
    code: 2,
    says: ['--html', 'no/such'],
  },
  {
    title: 'a report onto a folder',
    args: ['run', 'a.yaml', '--html', '.'],
    files: ONE,
    code: 2,
    says: ['--html', 'folder'],
  },
  {
    title: 'one report for two backtests',
    args: ['run', 'a.yaml', 'b.yaml', '--html', 'r.html'],
    files: TWO,
    code: 2,
    says: ['--html', '{name}'],
  },
  {
    title: 'a report onto the manifest',
    args: ['run', 'a.yaml', '--html', './a.yaml'],
    files: ONE,
    code: 2,
    says: ['it is the manifest'],
  },
  { title: 'a job nobody knows', args: ['get', 'nobody'], code: 2, says: ['"nobody"', 'hindcast list'] },
  {
    title: 'a report of a job nobody knows',
    args: ['report', 'deadbeef', '--html', 'r.html'],
    code: 2,
    says: ['deadbeef'],
  },
  { title: 'a comparison of one', args: ['compare', 'a'], code: 2, says: ['2 to 20'] },
  { title: 'a list of none', args: ['list', '--limit', '0'], code: 2, says: ['--limit', '1 to 500'] },
  { title: 'a list from no day', args: ['list', '--from', '2015-13-01'], code: 2, says: ['--from', '2015-13-01'] },
  { title: 'a state nobody knows', args: ['list', '--status', 'done'], code: 2, says: ['--status', 'completed'] },
  { title: 'a wait for no time', args: ['wait', 'a', '--timeout', '0'], code: 2, says: ['--timeout', '"0"'] },
  { title: 'a retention below zero', args: ['cleanup', '--older-than=-1'], code: 2, says: ['--older-than', '-1'] },
  { title: 'a snapshot nobody knows', args: ['dataset', 'show', 'nowhere'], code: 3, says: ['nowhere'] },
  { title: 'a shell nobody knows', args: ['completion', 'tcsh'], code: 2, says: ['tcsh', 'bash'] },
  {
    title: 'an environment with a word for a number',
    args: ['list'],
    env: { BACKTEST_JOB_TIMEOUT: 'forever', HINDCAST_DEBUG: 'maybe' },
    code: 2,
    says: ['BACKTEST_JOB_TIMEOUT', 'forever', '300 to 14400', 'HINDCAST_DEBUG'],
  },
  {
    title: 'a variable for tests outside tests',
    args: ['list'],
    env: { HINDCAST_TEST_PACE_MS: '10' },
    code: 2,
    says: ['HINDCAST_TEST_PACE_MS', 'HINDCAST_ENV=test'],
  },
  {
    title: 'an environment nobody knows',
    args: ['list'],
    env: { HINDCAST_ENV: 'prod' },
    code: 2,
    says: ['HINDCAST_ENV', 'prod', 'production'],
  },
]
