// Every alpha, one line each; a new one is a file, its test, and a line here. The catalogue follows by "npm run generate".
export { momentum } from './momentum.ts'
export { quality } from './quality.ts'
export { reversal } from './reversal.ts'
export { value } from './value.ts'
export { volatility } from './volatility.ts'
