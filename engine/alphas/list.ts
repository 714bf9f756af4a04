// One line for each alpha. A new one is a file, its test, and a line here; "npm run generate" does the rest.
export { momentum } from './momentum.ts'
export { quality } from './quality.ts'
export { reversal } from './reversal.ts'
export { value } from './value.ts'
export { volatility } from './volatility.ts'
