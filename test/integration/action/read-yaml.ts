// The part of YAML that a GitHub action is written in: maps and lists by indentation, plain and quoted texts, blocks
// with `|`. For tests only. Invariant: what it does not know is an error, not a guess.

export type Yaml = string | readonly Yaml[] | {readonly [name: string]: Yaml}

interface Line {
  readonly indent: number
  readonly text: string
}

export function readYaml(text: string): Yaml {
  const lines = text
    .split('\n')
    .map(line => ({indent: line.length - line.trimStart().length, text: line.trim()}))
    .filter(({text: rest}) => rest !== '' && !rest.startsWith('#'))
  return new Reader(lines).block(0)
}

class Reader {
  readonly #lines: Line[]

  constructor(lines: readonly Line[]) {
    this.#lines = [...lines]
  }

  block(indent: number): Yaml {
    return this.#lines[0]?.text.startsWith('- ') === true ? this.#list(indent) : this.#map(indent)
  }

  #list(indent: number): readonly Yaml[] {
    const items: Yaml[] = []
    for (let line = this.#lines[0]; line?.indent === indent && line.text.startsWith('- '); line = this.#lines[0]) {
      // What follows the dash is the first line of the item.
      this.#lines[0] = {indent: indent + 2, text: line.text.slice(2)}
      items.push(this.#map(indent + 2))
    }
    return items
  }

  #map(indent: number): Yaml {
    const map: Record<string, Yaml> = {}
    for (let line = this.#lines[0]; line?.indent === indent; line = this.#lines[0]) {
      const [, name, rest = ''] = /^([\w-]+):(?: (.*))?$/.exec(line.text) ?? []
      if (name === undefined) throw new Error(`no line of a map: ${line.text}`)
      this.#lines.shift()
      map[name] = this.#value(rest, indent)
    }
    return map
  }

  #value(rest: string, indent: number): Yaml {
    const next = this.#lines[0]
    if (rest === '|') return this.#linesBelow(indent)
    if (rest !== '') return textOf(rest)
    return next !== undefined && next.indent > indent ? this.block(next.indent) : ''
  }

  #linesBelow(indent: number): string {
    const block: string[] = []
    for (let line = this.#lines[0]; line !== undefined && line.indent > indent; line = this.#lines[0]) {
      block.push(line.text)
      this.#lines.shift()
    }
    return `${block.join('\n')}\n`
  }
}

function textOf(text: string): string {
  if (/^'.*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'")
  if (/^["[{&*!>%@]/.test(text)) throw new Error(`not read here: ${text}`)
  return text
}
