// Where the values of an object's own fields stand in its JSON. PURE. Invariant: of text that JSON.parse reads; null
// where a key is there twice or has escapes, since then the text alone does not say which value counts. Not here: what
// values mean.

export interface Span {
  readonly from: number
  readonly to: number
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s"{}[\]:,]+/g

/** By key; of a value that is a list or an object only where it begins. */
export function fieldsOf(text: string): ReadonlyMap<string, Span> | null {
  const spans = new Map<string, Span>()
  let depth = 0
  let key: string | null = null
  let isValue = false
  for (const {0: word, index: from} of text.matchAll(token)) {
    if (depth === 1 && isValue && key !== null) {
      if (key.includes('\\') || spans.has(key)) return null
      spans.set(key, {from, to: from + word.length})
      key = null
    } else if (depth === 1 && word.startsWith('"')) key = word.slice(1, -1)
    isValue = depth === 1 && word === ':'
    if (word === '{' || word === '[') depth += 1
    if (word === '}' || word === ']') depth -= 1
  }
  return spans
}
