// What `hl runbooks run` and `hl runbooks rehearse` do alike: values of placeholders, questions, progress, the folder
// of an incident. Not here: how a runbook is followed (src/runbooks).
import {seededRandom} from '../src/experiment/random.ts'
import {newRunId} from '../src/experiment/store/run-id.ts'
import {HlError} from '../src/model/errors.ts'
import {blocksToFollow, type FollowOptions} from '../src/runbooks/follow.ts'
import {stepLine, type IncidentStep} from '../src/runbooks/incident.ts'
import {createIncident, type IncidentFolder} from '../src/runbooks/keep-incident.ts'
import type {Block, Runbook} from '../src/runbooks/runbook.ts'
import {drawSeed} from './seed.ts'
import {saysYes} from './view/ask.ts'

/** From `name=value`. USAGE for what is none. */
export function valuesOf(words: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.map(word => {
      const [, name, value] = /^([a-z][a-z-]*)=(.+)$/.exec(word) ?? []
      if (name === undefined || value === undefined)
        throw new HlError('USAGE', `--set ${word} is no name=value`, {next: ['for example --set node=pg3']})
      return [name, value] as const
    }),
  )
}

export const newIncident = (root: string): IncidentFolder => {
  const random = seededRandom(drawSeed())
  return createIncident(root, () => newRunId(new Date().toISOString(), random))
}

interface Asking {
  readonly yes: boolean
  readonly mayAsk: boolean
}

const otherwise = '--yes does it without a question'

/** Before the first block: CONFIRMATION_MISSING where one changes something and nobody can be asked. */
export function requireAnswers(
  runbook: Runbook,
  choices: Pick<FollowOptions, 'cases' | 'values'>,
  asking: Asking,
): void {
  if (asking.yes || asking.mayAsk) return
  const change = blocksToFollow(runbook, choices).find(
    ({block, leftOut}) => leftOut === null && block.effect !== 'reads',
  )
  if (change === undefined) return
  throw new HlError(
    'CONFIRMATION_MISSING',
    `line ${change.block.line} of ${runbook.path} changes something, and there is no terminal to ask on`,
    {next: [otherwise]},
  )
}

/** Asks before a block that changes something, with the block in sight. */
export function blockAsker({yes, mayAsk}: Asking, signal: AbortSignal): FollowOptions['mayChange'] {
  if (yes) return async () => true
  return async block => {
    const what = block.effect === 'destroys' ? 'This destroys data, and cannot be taken back' : 'This changes something'
    return saysYes({text: `${indented(block)}\n${what}. Do it on ${block.on}?`, mayAsk, otherwise, signal})
  }
}

/** One line when a block begins, with its text, and one when it is over. */
export function blockNotes(note: (text: string) => void) {
  return {
    onBlock: (block: Block, at: string): void =>
      note(`${block.section}, line ${block.line} at ${at}\n${indented(block)}`),
    onStep: (step: IncidentStep): void =>
      note(`${stepLine(step)}${step.output === '' ? '' : `\n${step.output.trimEnd()}`}`),
  }
}

const indented = ({text}: Block): string => text.trimEnd().replaceAll(/^/gm, '    ')
