// HTML, SVG and XML built from nodes. Invariant: a string is always text and is always escaped; only `element` makes
// markup, and tag and attribute names are written in our source. So nothing that a report holds can open or close an
// element.
// Not here: what a page says (to-html.ts, to-junit.ts).

/** Finished markup; there is no way to make one from a string of a report. */
export interface Markup {
  readonly markup: string
}

export type Child = string | Markup | readonly Child[]
export type Attributes = Readonly<Record<string, string | number | null>>

// Not allowed in XML 1.0 at all, not even escaped (https://www.w3.org/TR/xml/#charsets): one of them makes a JUnit file
// unreadable.
const notXml =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'}

/** Text for an element or a quoted attribute of HTML or XML. */
function escapeXml(text: string): string {
  return text.replace(notXml, '\ufffd').replace(/[&<>"']/g, char => entities[char] ?? '')
}

function render(child: Child): string {
  if (typeof child === 'string') return escapeXml(child)
  if ('markup' in child) return child.markup
  return child.map(render).join('')
}

const childless: ReadonlySet<string> = new Set(['meta', 'br'])

/** An element with its attributes (null ones are left out) and children, closed so that HTML and XML read it alike. */
export function element(tag: string, attributes: Attributes, ...children: readonly Child[]): Markup {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
  if (childless.has(tag)) return {markup: `<${tag}${written.join('')} />`}
  return {markup: `<${tag}${written.join('')}>${render(children)}</${tag}>`}
}

/** Nothing, where a child is optional. */
export const nothing: Markup = {markup: ''}
