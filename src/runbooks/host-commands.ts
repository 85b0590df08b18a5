// The commands of a block that is carried out on the machine of whoever reads: hl and nothing else, without a shell.
// PURE. Invariant: words are as a shell would take them; what only a shell could do is refused.

/** Each line's words, without `hl`; a backslash at the end of a line goes on. */
export function hostCommands(text: string): {
  readonly commands: readonly (readonly string[])[]
  readonly problems: readonly string[]
} {
  const problems: string[] = []
  const commands = text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .flatMap(line => {
      const words = wordsOf(line)
      if (words !== null && words[0] === 'hl' && words.length > 1) return [words.slice(1)]
      problems.push(
        words === null
          ? `"${line}" needs a shell, and none is on the host: one command of hl a line`
          : `"${line}" is no command of hl, and nothing else is carried out on the host`,
      )
      return []
    })
  return {commands, problems}
}

/** null where a quote is open, or a character means something to a shell outside of quotes. */
function wordsOf(line: string): readonly string[] | null {
  const words: string[] = []
  let rest = line
  while (rest !== '') {
    const [whole = '', text] =
      /^((?:"[^"\\$`]*"|'[^']*'|<[a-z][a-z-]*>|[^\s"'\\$`|&;<>()*?])+)(?:\s+|$)/.exec(rest) ?? []
    if (text === undefined) return null
    words.push(
      text.replaceAll(/"([^"]*)"|'([^']*)'/g, (_quoted, double?: string, single?: string) => double ?? single ?? ''),
    )
    rest = rest.slice(whole.length)
  }
  return words
}
