// A runbook from its Markdown: front matter, sections, and the blocks that are carried out, in order, each with what to
// expect. PURE. Invariant: every block that is carried out says what to expect; what cannot be read is a problem with
// its line. Not here: whether what it names exists (lint-runbooks.ts).
import {fromMarkdown} from 'mdast-util-from-markdown'
import {isExpectation, readExpectations, type Piece} from './expectations.ts'
import {readFront} from './front-matter.ts'
import {readInfo} from './info-string.ts'
import type {Block, Problem, Runbook, Section} from './runbook.ts'

export interface ParsedRunbook {
  readonly runbook: Runbook
  readonly problems: readonly Problem[]
}

/** The headings that a person looks for at night; others may stand between them. */
const neededSections = ['Symptom', 'Check', 'Act', 'Verify'] as const

type Node = ReturnType<typeof fromMarkdown>['children'][number]
type Fence = Extract<Node, {readonly type: 'code'}>

/** `path`: as problems name it; its last part is the runbook's name. */
export function parseRunbook(path: string, text: string): ParsedRunbook {
  const {front, body, problems} = readFront(text.replaceAll('\r\n', '\n'))
  const found: Problem[] = problems.map(each => ({file: path, ...each}))
  const tell = (line: number, problem: string): void => void found.push({file: path, line, problem})
  const tree = fromMarkdown(body)
  const headings = tree.children.flatMap(node =>
    node.type === 'heading' ? [{depth: node.depth, title: plainText(piecesOf(node)), line: lineOf(node)}] : [],
  )
  const title = headings.find(({depth}) => depth === 1)?.title ?? ''
  if (title === '') tell(1, 'has no title: a heading of the first rank')
  const sections: readonly Section[] = headings
    .filter(({depth}) => depth === 2)
    .map(({title: name, line}) => ({title: name, line}))
  for (const name of neededSections)
    if (!sections.some(section => section.title.split(':')[0] === name)) tell(1, `has no section ${name}`)
  const blocks = fencesOf(tree.children).flatMap(({fence, next}) => {
    const section = sections.findLast(({line}) => line < lineOf(fence))?.title ?? ''
    return blockOf(fence, {next, section, tell})
  })
  for (const {inCase, line} of blocks)
    if (inCase !== null && !front.cases.includes(inCase))
      tell(line, `case=${inCase} is none of the front matter's cases`)
  const name = path.replace(/^.*[/\\]|\.md$/g, '')
  return {runbook: {name, path, title, front, sections, blocks}, problems: found}
}

/** None for a sample of what is to be seen, which is carried out by nobody. */
function blockOf(
  fence: Fence,
  {
    next,
    section,
    tell,
  }: {readonly next: Node | null; readonly section: string; readonly tell: (line: number, what: string) => void},
): readonly Block[] {
  const language = fence.lang === 'sh' || fence.lang === 'sql' ? fence.lang : null
  if (language === null) return []
  const line = lineOf(fence)
  const {info, problems} = readInfo(language, fence.meta ?? '')
  for (const problem of problems) tell(line, problem)
  if (fence.value.trim() === '') tell(line, 'the block is empty')
  const pieces = next?.type === 'paragraph' ? piecesOf(next) : []
  if (!isExpectation(pieces)) tell(line, 'no paragraph behind the block says what to Expect')
  const {expect, problems: wrong} = isExpectation(pieces) ? readExpectations(pieces) : {expect: [], problems: []}
  for (const problem of wrong) tell(next === null ? line : lineOf(next), problem)
  return [{line, section, text: fence.value, ...info, expect}]
}

/** In the order of the text, those in lists too, each with what stands behind it. */
function fencesOf(nodes: readonly Node[]): readonly {readonly fence: Fence; readonly next: Node | null}[] {
  return nodes.flatMap((node, index) => {
    if (node.type === 'code') return [{fence: node, next: nodes[index + 1] ?? null}]
    const inner: readonly Node[] = 'children' in node ? node.children : []
    return fencesOf(inner)
  })
}

const lineOf = (node: Node): number => node.position?.start.line ?? 1

/** The words and inline codes of a paragraph or a heading, emphasis and links looked into. */
function piecesOf(node: Node): readonly Piece[] {
  if (node.type === 'inlineCode') return [{text: node.value, isCode: true}]
  if (node.type === 'text') return [{text: node.value, isCode: false}]
  const inner: readonly Node[] = 'children' in node ? node.children : []
  return inner.flatMap(piecesOf)
}

const plainText = (pieces: readonly Piece[]): string => pieces.map(({text}) => text).join('')
