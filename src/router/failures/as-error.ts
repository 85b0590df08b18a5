/** What was thrown, which may be anything, as an Error; the same object where it is one. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
