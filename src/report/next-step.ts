// What to try next, from what the report shows: one or two lines, a command where there is one. Invariant: never advice
// that the settings rule out.
import type {Asked} from '../model/plan.ts'
import type {Report} from '../model/report.ts'
import {shellWord} from '../model/shell-word.ts'
import {explainParts, longestPart} from './rto-parts.ts'
import {formatShare} from '../model/quantity.ts'
import {trialsForAFigure} from './trial-spread.ts'

/** From this share of an RTO on, a part is what to shorten. */
const largeShareMin = 0.5
/** Patroni refuses a shorter ttl (patroni/config.py). */
const ttlFloorS = 20

export interface Hint {
  readonly text: string
  readonly command: string | null
}

/** Flags to repeat a run with instead; null leaves one out. */
type Changes = Readonly<Record<string, string | number | null>>

/** The command that repeats this run: as it was asked for, with the same seed, or with what `changes` says. */
export function repeatCommand(report: Report, changes: Changes = {}): string {
  if (report.through === 'service') return 'run the test again'
  const {scenario = report.scenario, ...asked} = report.asked ?? accessPathOf(report)
  const flags: Readonly<Record<string, string | number | readonly string[] | null>> = {
    scenario,
    seed: report.seed,
    ...asked,
    ...(report.trials === null ? {} : {repeat: report.trials.n}),
    ...changes,
  }
  const words = Object.entries(flags).flatMap(([name, value]) =>
    [value].flat().flatMap(one => (one === null ? [] : [`--${name}`, shellWord(String(one))])),
  )
  return ['hl', report.command, ...words].join(' ')
}

/** What a report knows of a run that was stored without the flags. */
function accessPathOf({through}: Report): Asked {
  return through === 'router' || through === 'service' ? {} : {through}
}

/** The most useful thing to do after reading this report; null when there is nothing to say. */
export function nextStep(report: Report): Hint | null {
  if (report.through === 'service') return ofService(report)
  const repeat = repeatCommand(report)
  if (report.nature === 'refusal' && report.verdict === 'fail')
    return {
      text:
        'this restore had to be refused as the drill says, and nothing changed: do not restore from such an archive ' +
        'until it does',
      command: repeat,
    }
  const interrupted = report.events.find(event => event.kind === 'run.interrupted')
  if (interrupted?.kind === 'run.interrupted')
    return {text: `not judged: interrupted by ${interrupted.signal}; let it run to its end`, command: repeat}
  if (report.verdict === 'unknown')
    return {
      text: 'unknown is not a pass: see which assumption did not hold above, then repeat the run',
      command: repeat,
    }
  if (report.controlHeld === false)
    return {
      text: 'this control had to be rejected and was not: do not trust a pass of the same check until it is',
      command: repeat,
    }
  if (report.nature === 'control') return null
  if (report.splitBrain.acknowledgedMs > 0)
    return {
      text:
        'two nodes acknowledged writes at the same time: see runbooks/split-brain.md, then judge the stored run ' +
        'again',
      command: judgeAgain(report),
    }
  if (report.verdict === 'fail' && report.command === 'drill')
    return {text: 'see what failed above; the run folder holds enough to judge it again', command: judgeAgain(report)}
  return report.command === 'drill' ? replayHint(report) : failoverHint(report)
}

/** A test has no stored run and no command: its own figures say what to look at. */
function ofService({verdict}: Report): Hint | null {
  if (verdict === 'pass') return null
  const text =
    verdict === 'unknown'
      ? 'unknown is not a pass: see which assumption did not hold above, then run the test again'
      : 'see what failed above, and what the service itself logged meanwhile'
  return {text, command: null}
}

function judgeAgain({run}: Report): string {
  return `hl runs check ${shellWord(run)}`
}

function replayHint(report: Report): Hint | null {
  const replay = explainParts(report).find(part => part.name === 'replay')
  if (replay === undefined || replay.share < largeShareMin) return null
  return {
    text:
      `replay is ${formatShare(replay.share)} of the recovery: it grows with the WAL since the backup, so more ` +
      'frequent backups shorten it',
    command: null,
  }
}

function failoverHint(report: Report): Hint | null {
  if ((report.trials ?? report.writes).lost > 0) return lostHint(report)
  if (stayedAlone(report))
    return {
      text:
        `the load knew ${report.directTo ?? 'one node'} alone and followed nobody, so its outage lasts until that ` +
        'node is primary again: compare with a client that follows the primary',
      command: repeatCommand(report, {through: null}),
    }
  if (report.verdict === 'fail')
    return {text: 'see what failed above, then repeat the run with the same seed', command: repeatCommand(report)}
  return passHint(report)
}

/** An access path to one node fails by design where the primary moves: to repeat it would show the same. */
function stayedAlone({verdict, through, rto, objectives}: Report): boolean {
  return verdict === 'fail' && through === 'direct' && (rto?.recovered === false || objectives.some(({met}) => !met))
}

function lostHint(report: Report): Hint {
  if (report.config.settings.synchronousMode === 'off')
    return {
      text: 'synchronous_mode is off, so a crash may lose what no standby had yet; compare with',
      command: repeatCommand(report, {sync: 'on', repeat: null}),
    }
  return {
    text: 'acknowledged writes are gone although synchronous_mode is not off; keep the run folder and judge it again',
    command: judgeAgain(report),
  }
}

function passHint(report: Report): Hint | null {
  if (report.rto === null && report.trials === null) return null
  const longest = longestPart(explainParts(report))
  const {ttlS} = report.config.settings
  if (longest?.name === 'detect' && longest.share >= largeShareMin && ttlS > ttlFloorS)
    return {
      text:
        `detection is ${formatShare(longest.share)} of the outage; see runbooks/tune-failover-time.md and compare ` +
        'with a shorter lease',
      command: repeatCommand(report, {seed: null, ttl: `${ttlFloorS}s`, repeat: trialsForAFigure}),
    }
  if (report.trials === null)
    return {
      text: `one run is no figure: the fault's phase decides much of the RTO; measure ${trialsForAFigure}`,
      command: repeatCommand(report, {seed: null, repeat: trialsForAFigure}),
    }
  return null
}
