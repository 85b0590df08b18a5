// PURE: what a statement of the log changes, by its words: the verb, the tables that it names, and whether it means
// every row. Invariant: what is not understood names nothing; a verb in a string, a comment or a name is none.
// Not here: whether such tables exist (look-at-tables.ts). Not a parser: PostgreSQL has accepted the text, so where a
// verb stands the rest follows.

export type Verb = 'insert' | 'update' | 'delete' | 'merge' | 'truncate' | 'drop' | 'alter'

export interface NamedTarget {
  readonly kind: 'table' | 'schema'
  /** null: whatever the search path of the session says. */
  readonly schema: string | null
  /** Of the table, or of the schema. */
  readonly name: string
}

export interface StatementChange {
  readonly verb: Verb
  readonly targets: readonly NamedTarget[]
  /** An UPDATE or DELETE without WHERE. */
  readonly everyRow: boolean
}

interface Token {
  readonly text: string
  readonly kind: 'word' | 'quoted' | 'mark' | 'string'
  readonly depth: number
}

/** A name as people give it, `table` or `schema.table`, quoted where it has to be; null for anything else. */
export function parseTableName(text: string): NamedTarget | null {
  const match =
    /^\s*(?:(?<schema>[a-z_\u0080-\uffff][\w$\u0080-\uffff]*|"(?:[^"]|"")+")\s*\.\s*)?(?<name>[a-z_\u0080-\uffff][\w$\u0080-\uffff]*|"(?:[^"]|"")+")\s*$/i.exec(
      text,
    )
  const {schema, name} = match?.groups ?? {}
  if (name === undefined) return null
  return {kind: 'table', schema: schema === undefined ? null : identifier(schema), name: identifier(name)}
}

function identifier(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase()
}

/** Everything that a text of one or more statements changes. */
export function changesOf(text: string): readonly StatementChange[] {
  return statementsOf(text).flatMap(changesIn)
}

/** Does the text itself begin or end a transaction? Then what the log says of one is not said of all of it. */
export function controlsTransactions(text: string): boolean {
  const statements = statementsOf(text)
  return (
    statements.length > 1 &&
    statements.some(([first]) => /^(?:begin|start|commit|end|rollback|abort|prepare)$/.test(first?.text ?? ''))
  )
}

function statementsOf(text: string): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]]
  for (const token of tokensOf(text)) {
    if (token.kind === 'mark' && token.text === ';') statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements.filter(tokens => tokens.length > 0)
}

const pieces =
  /\s+|--[^\n]*|\/\*[^]*?\*\/|(?<string>\$(?<tag>[a-z_]?\w*)\$[^]*?\$\k<tag>\$|e'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*')|(?<quoted>(?:u&)?"(?:[^"]|"")*")|(?<word>[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)|[^]/gi

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let depth = 0
  for (const match of text.matchAll(pieces)) {
    const {string, quoted, word} = match.groups ?? {}
    const [all] = match
    if (/^(?:\s|--|\/\*)/.test(all)) continue
    if (all === ')') depth--
    tokens.push(
      word !== undefined
        ? {text: word.toLowerCase(), kind: 'word', depth}
        : quoted !== undefined
          ? {text: quoted.replace(/^u&/i, '').slice(1, -1).replaceAll('""', '"'), kind: 'quoted', depth}
          : {text: string ?? all, kind: string === undefined ? 'mark' : 'string', depth},
    )
    if (all === '(') depth++
  }
  return tokens
}

/** A body that is run at once is looked into. */
function changesIn(tokens: readonly Token[]): readonly StatementChange[] {
  const first = wordAt(tokens, 0)
  if (first === 'do') {
    const body = tokens.find(({kind}) => kind === 'string')?.text ?? ''
    return statementsOf(body.replace(/^(\$\w*\$|')([^]*)\1$/, '$2')).flatMap(inner =>
      changesIn(inner.filter(({text}) => text !== 'begin')),
    )
  }
  if (/^(?:create|grant|revoke|comment|security)$/.test(first)) return []
  const ofData = tokens.flatMap((token, index) => dataChange(tokens, token, index) ?? [])
  const ofTables = tableChange(tokens)
  return ofTables === null ? ofData : [...ofData, ofTables]
}

/** Also inside WITH and of a prepared one, so wherever the words stand. */
function dataChange(tokens: readonly Token[], token: Token, index: number): StatementChange | null {
  if (token.kind !== 'word') return null
  const next = wordAt(tokens, index + 1)
  const before = wordAt(tokens, index - 1)
  const named = (at: number): readonly NamedTarget[] => namesFrom(tokens, skip(tokens, at, ['only'])).slice(0, 1)
  const everyRow =
    index === 0 && !tokens.some(({text, kind, depth}) => kind === 'word' && text === 'where' && depth === token.depth)
  if (token.text === 'delete' && next === 'from') return {verb: 'delete', targets: named(index + 2), everyRow}
  if (token.text === 'insert' && next === 'into') return {verb: 'insert', targets: named(index + 2), everyRow: false}
  if (token.text === 'merge' && next === 'into') return {verb: 'merge', targets: named(index + 2), everyRow: false}
  if (token.text === 'update' && !/^(?:for|key|do|on|of|before|after|or)$/.test(before) && next !== 'set')
    return {verb: 'update', targets: named(index + 1), everyRow}
  if (token.text === 'copy' && index === 0 && tokens.some(({text, depth}) => text === 'from' && depth === token.depth))
    return {verb: 'insert', targets: named(1), everyRow: false}
  return null
}

/** What is done to tables as a whole. */
function tableChange(tokens: readonly Token[]): StatementChange | null {
  const [first, second, third] = [0, 1, 2].map(index => wordAt(tokens, index))
  const change = (verb: Verb, at: number, kind: NamedTarget['kind'] = 'table'): StatementChange => ({
    verb,
    everyRow: false,
    targets: namesFrom(tokens, skip(tokens, at, ['concurrently', 'if', 'exists', 'only'])).map(target => ({
      ...target,
      kind,
    })),
  })
  if (first === 'truncate') return change('truncate', second === 'table' ? 2 : 1)
  if (first === 'drop' && second === 'table') return change('drop', 2)
  if (first === 'drop' && second === 'schema') return change('drop', 2, 'schema')
  if (first === 'drop' && second === 'materialized') return change('drop', 3)
  if (first === 'alter' && second === 'table') return change('alter', 2)
  if (first === 'refresh' && third === 'view') return change('alter', 3)
  if (first === 'cluster') return change('alter', skip(tokens, 1, ['verbose']))
  return null
}

function wordAt(tokens: readonly Token[], index: number): string {
  const token = tokens[index]
  return token?.kind === 'word' ? token.text : ''
}

function skip(tokens: readonly Token[], from: number, words: readonly string[]): number {
  let at = from
  while (words.includes(wordAt(tokens, at))) at++
  return at
}

/** `a, b.c, "D" *` from a place on; a name of three parts begins with the database. */
function namesFrom(tokens: readonly Token[], from: number): readonly NamedTarget[] {
  const names: NamedTarget[] = []
  for (let at = from; ; at++) {
    const parts: string[] = []
    for (; isName(tokens[at]); at += 2) {
      parts.push(tokens[at]?.text ?? '')
      if (tokens[at + 1]?.text !== '.') {
        at++
        break
      }
    }
    const name = parts.at(-1)
    if (name === undefined) return names
    names.push({kind: 'table', schema: parts.at(-2) ?? null, name})
    if (tokens[at]?.text === '*') at++
    if (tokens[at]?.kind !== 'mark' || tokens[at]?.text !== ',') return names
    at = skip(tokens, at + 1, ['only']) - 1
  }
}

function isName(token: Token | undefined): boolean {
  return token?.kind === 'word' || token?.kind === 'quoted'
}
