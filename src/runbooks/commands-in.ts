// Finds `hl …` commands in Markdown and splits them as a shell would. PURE. Not here: whether hl takes them
// (check-command.ts, and oclif's own parser in test/runbooks.test.ts).

export interface Documented {
  /** Line of the document, from 1. */
  readonly line: number
  /** As a person would type it. */
  readonly text: string
  /** Without `hl`. */
  readonly words: readonly string[]
  /** To be typed as it stands. Inline code may also just name a command. */
  readonly fenced: boolean
}

/**
 * Commands in inline code and in fenced blocks (a leading `$ ` is a prompt, a trailing backslash goes on). `hl` alone
 * is the program, not a command.
 */
export function commandsIn(markdown: string): readonly Documented[] {
  const found: Documented[] = []
  const lines = markdown.split('\n')
  let fenced = false
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1
    let text = lines[index] ?? ''
    if (/^\s*(```|~~~)/.test(text)) {
      fenced = !fenced
      continue
    }
    if (fenced) {
      while (text.endsWith('\\') && index + 1 < lines.length)
        text = `${text.slice(0, -1).trimEnd()} ${(lines[++index] ?? '').trim()}`
      found.push(...invocations(text.trim().replace(/^\$ /, ''), {line, fenced}))
    } else {
      for (const [, code = ''] of text.matchAll(/`([^`]+)`/g)) found.push(...invocations(code, {line, fenced}))
    }
  }
  return found
}

/** The commands of one shell line: cut at `&&`, `;` and pipes, without comments and redirections. */
function invocations(text: string, where: Pick<Documented, 'line' | 'fenced'>): readonly Documented[] {
  return shellWords(text.replace(/[[\]]/g, '')).flatMap(words => {
    const [program, ...rest] = words.includes('…')
      ? words.slice(
          0,
          words.findIndex(word => word === '…' || word.startsWith('-')),
        )
      : words
    return program !== 'hl' || rest.length === 0
      ? []
      : [{...where, text: [program, ...rest].map(quoted).join(' '), words: rest}]
  })
}

const quoted = (word: string): string => (/\s/.test(word) ? `"${word}"` : word)

/**
 * Words of each command on the line. `<name>` is a placeholder when it has no blank before its end, otherwise `<` and
 * `>` redirect.
 */
function shellWords(text: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]]
  let redirected = false
  for (const [token] of text.matchAll(/&&|\|\|?|;|#.*$|<[\w-]+>|[<>]+|(?:"[^"]*"|'[^']*'|<[\w-]+>|[^\s"'|;&<>#])+/g)) {
    if (token.startsWith('#')) break
    if (/^(&&|\|\|?|;)$/.test(token)) {
      commands.push([])
      redirected = false
    } else if (/^[<>]+$/.test(token)) redirected = true
    else if (redirected) redirected = false
    else commands.at(-1)?.push(token.replaceAll(/["']/g, ''))
  }
  return commands
}

/** The command's name (`runs show`, or an alias) and the words that are left for it: the longest name that exists. */
export function splitCommand(
  words: readonly string[],
  exists: (name: string) => boolean,
): {readonly name: string; readonly rest: readonly string[]} | null {
  for (let length = words.length; length > 0; length--) {
    const name = words.slice(0, length).join(' ')
    if (exists(name)) return {name, rest: words.slice(length)}
  }
  return null
}
