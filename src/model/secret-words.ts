// Does a setting look as if it held a secret? PURE. Settings are shown, stored in runs and given to containers in their
// environment, so that a password among them is everybody's. Not here: secrets that are known (src/report/redact.ts).

/** password=…, "token": …, as a connection string, a command or JSON has it; not password_encryption=…. */
const named = /(?:password|passwd|pwd|passphrase|secret|token|api[_-]?key|authorization)["']?\s*[=:]/i
const inUrl = /[a-z][a-z0-9+.-]*:\/\/[^\s:@/"']*:[^\s/"']+@/i
/** What these print is a passphrase. */
const secretNames = /^ssl_passphrase_command$|(?:password|passphrase|secret|token)$/i

export function looksLikeSecret(name: string, value: string): boolean {
  return secretNames.test(name) || named.test(value) || inUrl.test(value)
}
