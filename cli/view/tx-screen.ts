// Transactions over shards that are prepared, on the screen. PURE. A part is one line and its reason another: ids are
// long, and are what one copies.
import {hint, hintText} from '../../src/model/command-hint.ts'
import {plural} from '../../src/model/quantity.ts'
import {printable} from '../../src/report/printable.ts'
import type {Paint, Theme} from '../../src/report/theme.ts'
import type {InDoubtAnswer, ResolveAnswer, ResolvedPart} from '../../src/sharding/in-doubt.ts'

const verdicts: Readonly<Record<InDoubtAnswer['parts'][number]['do'], string>> = {
  'wait': 'at work',
  'in-doubt': 'in doubt',
  'commit': 'to commit',
  'roll-back': 'to roll back',
}

const deeds: Readonly<Record<ResolvedPart['done'], string>> = {
  'committed': 'committed',
  'rolled-back': 'rolled back',
  'left': 'left',
  'would-commit': 'would be committed',
  'would-roll-back': 'would be rolled back',
  'would-stay': 'would be left',
}

/** What is prepared, oldest first. Ends in a newline. */
export function preparedScreen({lab, parts, notAsked}: InDoubtAnswer, theme: Theme): string {
  const open = parts.some(part => part.do === 'commit' || part.do === 'roll-back')
  const doubtful = parts.find(part => part.do === 'in-doubt')
  return [
    parts.length === 0 ? 'nothing is prepared' : `${plural(parts.length, 'part')} prepared`,
    ...parts.flatMap(part => [
      `${paintOf(part.do, theme)(verdicts[part.do])}  ${theme.strong(printable(part.id))}  on ${part.shard}, by ` +
        `${printable(part.owner)}, since ${part.preparedAt.toISOString()}`,
      `  ${printable(part.why)}`,
    ]),
    ...silent(notAsked, theme),
    ...(open ? [`next: ${hintText(hint('tx resolve'), lab)}`] : []),
    ...(doubtful === undefined
      ? []
      : [
          `once you have decided: ${hintText(hint('tx resolve', {flags: {commit: doubtful.id}}), lab)}`,
          `                   or: ${hintText(hint('tx resolve', {flags: {'roll-back': doubtful.id}}), lab)}`,
        ]),
    '',
  ].join('\n')
}

/** What was done about each part. Ends in a newline. */
export function resolvedScreen({parts, notAsked}: ResolveAnswer, theme: Theme): string {
  return [
    ...(parts.length === 0 ? ['nothing is prepared'] : []),
    ...parts.flatMap(part => [
      `${deedPaint(part, theme)(deeds[part.done])}  ${theme.strong(printable(part.id))}  on ${part.shard}`,
      `  ${printable(part.error ?? part.why)}`,
    ]),
    ...silent(notAsked, theme),
    '',
  ].join('\n')
}

function paintOf(verdict: InDoubtAnswer['parts'][number]['do'], theme: Theme): Paint {
  if (verdict === 'in-doubt') return theme.fail
  return verdict === 'wait' ? theme.dim : theme.warn
}

const deedPaint = ({done, do: verdict}: ResolvedPart, theme: Theme): Paint =>
  done !== 'left' && done !== 'would-stay' ? theme.ok : verdict === 'wait' ? theme.dim : theme.fail

const silent = (notAsked: readonly string[], theme: Theme): readonly string[] =>
  notAsked.length === 0
    ? []
    : [`${theme.fail('not asked:')} ${notAsked.join(', ')}; what is prepared there is not shown`]
