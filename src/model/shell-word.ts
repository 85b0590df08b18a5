/** A word that a POSIX shell takes as one argument, quoted where it needs it. PURE. */
export function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
