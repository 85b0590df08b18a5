// Markdown from text that may hold any character. Invariant: the result is one line and shows as the text itself,
// inside a table too.
import {printable} from './printable.ts'

/** Inline text: HTML is inert, and no emphasis, code, link, heading, mention or table cell can start in it. */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#+!|~$]/g, '\\$&')
    .replace(/@/g, '&#64;')
    .replace(/:\/\//g, ':&#47;&#47;')
}

/** A fenced block; the fence is longer than any run of backticks inside. */
export function fencedBlock(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), match => match[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}
