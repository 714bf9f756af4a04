import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

/** PostgreSQL's own count (RFC 7677). */
const ITERATIONS = 4096

/**
 * What PostgreSQL stores of a password (SCRAM-SHA-256, RFC 5803): given in its place, the password itself is never part
 * of a statement, and so of no log of the server. `salt`: 16 random bytes. The password has ASCII letters and digits.
 */
export function scramVerifier(password: string, salt: Uint8Array): string {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64')
  const server = hmac('Server Key').toString('base64')
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString('base64')}$${stored}:${server}`
}
