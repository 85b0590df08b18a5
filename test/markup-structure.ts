// A strict reader of HTML and XML, for tests that no text of a report can break out of its markup. Not here: what a
// page says.

/**
 * Reads a document strictly: every character must belong to a tag, a known entity or plain text, and tags must nest.
 * Returns the tags in order, attribute names included.
 */
export function structureOf(document: string): readonly string[] {
  const token =
    /<(\/?)([a-z][a-z0-9-]*)((?: [\w:-]+="(?:[^"<&]|&(?:amp|lt|gt|quot|#39);)*")*)( \/)?>|(?:[^<>&]|&(?:amp|lt|gt|quot|#39);)+/gy
  const body = document.replace(/^<\?xml [^>]*\?>|^<!doctype html>/, '')
  const open: string[] = []
  const tags: string[] = []
  while (token.lastIndex < body.length) {
    const at = token.lastIndex
    const match = token.exec(body)
    if (match === null) throw new Error(`not markup at ${at}: ${body.slice(at, at + 80)}`)
    const [, closing, name, attributes, empty] = match
    if (name === undefined) continue
    tags.push(`${closing ?? ''}${name}${(attributes ?? '').replace(/="[^"]*"/g, '')}`)
    if (closing === '/') {
      if (open.pop() !== name) throw new Error(`</${name}> closes nothing`)
    } else if (empty === undefined) open.push(name)
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(' ')}`)
  return tags
}
