// Follows a runbook block by block: asks before each that changes something, carries it out, holds it against what to
// expect, and stops at the first that did not do what it should. Invariant: every block is in the record, and the
// record is kept after each. Not here: where blocks are carried out (lab-machines.ts).
import {hint} from '../model/command-hint.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import {formatMs} from '../model/time.ts'
import {awaitUntil, holds, notYet, within} from '../waiting/await-until.ts'
import {unmet, type Said} from './expectations.ts'
import {startOfIncident, verdictOf, type Incident, type IncidentStep} from './incident.ts'
import {placeholdersOf, withValues, type Block, type Runbook} from './runbook.ts'

/** Where blocks are carried out. */
export interface Machines {
  /** Which machine that is now: `host`, or the name of a service. */
  find(block: Block): Promise<string>
  /** Ends what it began where the signal says so. */
  carryOut(block: Block, at: string, options: {readonly timeoutMs: number; readonly signal: AbortSignal}): Promise<Said>
}

export interface FollowOptions {
  readonly runbook: Runbook
  readonly incident: string
  readonly lab: string
  readonly cases: readonly string[]
  /** For the placeholders. */
  readonly values: Readonly<Record<string, string>>
  readonly machines: Machines
  readonly clock: Clock
  readonly signal: AbortSignal
  /** May this block, which changes something, be carried out? */
  readonly mayChange: (block: Block) => Promise<boolean>
  /** Told before and after each block. */
  readonly onBlock?: (block: Block, at: string) => void
  readonly onStep?: (step: IncidentStep) => void
  readonly keep: (incident: Incident) => void
}

/** Those that would be carried out, with values for their placeholders. PURE. */
export function blocksToFollow(
  {blocks}: Pick<Runbook, 'blocks'>,
  {cases, values}: Pick<FollowOptions, 'cases' | 'values'>,
): readonly {readonly block: Block; readonly leftOut: string | null}[] {
  return blocks.map(block => ({
    block: {...block, on: withValues(block.on, values)},
    leftOut:
      block.audience === 'machines'
        ? 'for machines that hl did not make'
        : block.inCase !== null && !cases.includes(block.inCase)
          ? `only in case ${block.inCase}`
          : null,
  }))
}

/**
 * Before the first block. USAGE for a case that is none, for a placeholder without a value, and for a value that a
 * shell could take for more than a word. PURE.
 */
export function checkChoices(runbook: Runbook, {cases, values}: Pick<FollowOptions, 'cases' | 'values'>): void {
  const known = runbook.front.cases
  const strange = cases.find(name => !known.includes(name))
  if (strange !== undefined)
    throw new HlError('USAGE', `${runbook.name} has no case ${strange}`, {
      next: [known.length === 0 ? 'leave --case out' : `one of ${known.join(', ')}`],
    })
  const odd = Object.entries(values).find(([, value]) => !/^[\w.:-]+$/.test(value))
  if (odd !== undefined)
    throw new HlError('USAGE', `"${odd[1]}" cannot stand for <${odd[0]}>`, {
      next: ['a value is a name or a number: letters, digits, and any of . : - _'],
    })
  const open = blocksToFollow(runbook, {cases, values})
    .filter(({leftOut}) => leftOut === null)
    .flatMap(({block}) => placeholdersOf(block).filter(name => !Object.hasOwn(values, name)))
  if (open.length > 0)
    throw new HlError('USAGE', `${runbook.name} does not know what ${[...new Set(open)].join(', ')} is`, {
      next: [...new Set(open)].map(name => `say it with --set ${name}=<value>`),
    })
}

/**
 * All blocks, or as far as they do what they should. INTERRUPTED names the block where it stood; the errors of
 * `mayChange` and `keep` pass.
 */
export async function followRunbook(options: FollowOptions): Promise<Incident> {
  const {runbook, clock, keep, signal, onStep} = options
  const steps: IncidentStep[] = []
  const startedMs = clock.nowMs()
  const begun = startOfIncident(runbook, {...options, startedAt: clock.wallTime()})
  const record = (state: Incident['state']): Incident => {
    const tookMs = clock.nowMs() - startedMs
    const incident: Incident = {...begun, tookMs, state, verdict: verdictOf(state, steps), steps: [...steps]}
    keep(incident)
    return incident
  }
  /** Nobody answered, or the disk is full. */
  const end = (error: unknown): never => {
    record('interrupted')
    throw error
  }
  record('going-on')
  for (const {block, leftOut} of blocksToFollow(runbook, options)) {
    const step =
      leftOut === null ? await oneBlock(block, options).catch(end) : notDone(block, 'left-out', leftOut, clock)
    steps.push(step)
    onStep?.(step)
    if (step.outcome === 'interrupted') {
      record('interrupted')
      throw interrupted(runbook, step, signal)
    }
    if (step.outcome === 'unmet') return record('stopped')
    record('going-on')
  }
  return record('done')
}

async function oneBlock(block: Block, options: FollowOptions): Promise<IncidentStep> {
  const {clock, signal, values, mayChange} = options
  const ready = {...block, text: withValues(block.text, values)}
  if (signal.aborted) return notDone(ready, 'interrupted', 'not begun', clock)
  const may = block.effect === 'reads' || (await unlessAborted(mayChange(ready), signal))
  if (may === null) return notDone(ready, 'interrupted', 'not begun', clock)
  if (!may) return notDone(ready, 'declined', 'declined', clock)
  const [startedMs, startedAt] = [clock.nowMs(), clock.wallTime()]
  const stepOf = (at: string | null, said: Said, rest: Pick<IncidentStep, 'outcome' | 'why'>): IncidentStep => ({
    ...describe(ready),
    at,
    ...rest,
    exitCode: said.exitCode,
    output: shortened(said.output),
    startedAt,
    tookMs: clock.nowMs() - startedMs,
  })
  const seen: {at: string | null; said: Said} = {at: null, said: {exitCode: null, output: ''}}
  try {
    const why = await untilMet(block, options, seen)
    return stepOf(seen.at, seen.said, {outcome: why.length === 0 ? 'met' : 'unmet', why})
  } catch (error) {
    if (isAborted(signal))
      return stepOf(seen.at, seen.said, {outcome: 'interrupted', why: ['it may have been done in part']})
    return stepOf(seen.at, {exitCode: null, output: messageOf(error)}, {outcome: 'unmet', why: [messageOf(error)]})
  }
}

/** By now: to the compiler it is what it was before. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted

/** null: whoever was asked ended it. */
async function unlessAborted(answer: Promise<boolean>, signal: AbortSignal): Promise<boolean | null> {
  try {
    return await answer
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
}

/** What is not as expected, at last; `seen` is what was seen last. */
async function untilMet(
  block: Block,
  options: FollowOptions,
  seen: {at: string | null; said: Said},
): Promise<readonly string[]> {
  const {clock, signal} = options
  if (block.retryMs === null) return once(block, options, seen)
  let last: readonly string[] = ['it was not asked']
  const what = `what the block in line ${block.line} is to show`
  const look = async () => {
    last = await once(block, options, seen).catch((error: unknown) => [messageOf(error)])
    return last.length === 0 ? holds(last) : notYet(last.join('; '))
  }
  try {
    return await awaitUntil(look, {clock, signal, withinMs: block.retryMs, what, everyMs: 1_000})
  } catch (error) {
    signal.throwIfAborted()
    return [...last, `not within ${formatMs(block.retryMs)}`, ...(last.length === 0 ? [messageOf(error)] : [])]
  }
}

async function once(
  block: Block,
  {machines, values, clock, signal, onBlock}: FollowOptions,
  seen: {at: string | null; said: Said},
): Promise<readonly string[]> {
  const ready = {...block, text: withValues(block.text, values)}
  const {timeoutMs} = block
  seen.at = await within(machines.find(ready), {clock, signal, withinMs: timeoutMs, what: `${block.on} to be found`})
  onBlock?.(ready, seen.at)
  seen.said = await machines.carryOut(ready, seen.at, {timeoutMs, signal})
  signal.throwIfAborted()
  const expect = block.expect.map(each => ({...each, text: withValues(each.text, values)}))
  return unmet({...block, expect}, seen.said)
}

const describe = ({line, section, on, effect, text}: Block) => ({line, section, on, effect, command: text})

function notDone(block: Block, outcome: IncidentStep['outcome'], why: string, clock: Clock): IncidentStep {
  const nothing = {at: null, exitCode: null, output: '', startedAt: clock.wallTime(), tookMs: 0}
  return {...describe(block), outcome, why: [why], ...nothing}
}

/** What a block says is kept, its end where it says too much. */
const outputMax = 50_000

function shortened(output: string): string {
  if (output.length <= outputMax) return output
  return `(the first ${output.length - outputMax} characters are left out)\n${output.slice(-outputMax)}`
}

function interrupted({path}: Runbook, {section, line, why}: IncidentStep, signal: AbortSignal): HlError {
  return new HlError(
    'INTERRUPTED',
    `interrupted by ${String(signal.reason)} at ${path}:${line} (${section}): ${why.join('; ')}`,
    {next: [hint('status', {why: 'shows the lab'}), 'go on by hand from that line, or follow it again']},
  )
}
