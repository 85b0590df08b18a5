// What a reader of a report stumbles over: one of something in the plural, a number without its unit or with the name
// of a field, what is no number. For tests only.

/** Words in -s that follow a 1 and are no plural. */
const noPlural: ReadonlySet<string> = new Set(['is', 'was', 'has', 'ms', 'as', 'this', 'its', 'does', 'less', 'across'])

/** The places in a text, with what is around them. */
export function stumblesIn(text: string): readonly string[] {
  const found = [
    ...[...text.matchAll(/(?<![\w.,:/#+-])1 (?:acknowledged |pinned )?([a-z]*[^s\W]s)\b/g)].filter(
      ([, word]) => !noPlural.has(word ?? ''),
    ),
    // `rtoMsMax`, `lagBytes`: names of fields.
    ...text.matchAll(/\b[a-z]+(?:[A-Z][a-z]+)*(?:Ms|Max|Min|Pct|Bytes|PerSecond)\b/g),
    ...text.matchAll(/\b(?:NaN|undefined|Infinity)\b/g),
    // A share is written one way.
    ...text.matchAll(/\d %/g),
  ]
  return found.map(({0: match, index}) => `${match}: ${text.slice(Math.max(0, index - 40), index + 40)}`)
}

/** What a page shows. */
export function visibleText(html: string): string {
  return html.replace(/<style>[^]*?<\/style>/, '').replace(/<[^>]*>/g, '\n')
}
